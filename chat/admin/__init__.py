from chat.admin import channels, conversations, customers

__all__ = ["channels", "conversations", "customers"]
