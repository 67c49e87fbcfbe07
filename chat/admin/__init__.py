from chat.admin import channels, conversations

__all__ = ["channels", "conversations"]
