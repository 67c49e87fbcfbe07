from routing.admin import agents, offers, queues, rules, skills, users, workstreams

__all__ = ["agents", "offers", "queues", "rules", "skills", "users", "workstreams"]
