from routing.admin import agents, offers, queues

__all__ = ["agents", "offers", "queues"]
