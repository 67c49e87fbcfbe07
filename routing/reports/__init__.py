"""What supervisors read about a period: facts of conversations, kept up to date by a sweep, counted when somebody asks."""
