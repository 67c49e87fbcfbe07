from django.urls import path

from routing.desk import alerts, colleagues, floor_views, quick_replies, report_views, tags, uploads, views

app_name = "desk"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("opened/", views.opened, name="opened"),
    path("search/", views.search, name="search"),
    path("palette/", views.palette, name="palette"),
    path("work/<slug:key>/", views.work, name="work"),
    path("conversations/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/bar/", views.bar, name="bar"),
    path("conversations/<uuid:conversation_id>/hand-on/", views.hand_on, name="hand_on"),
    path("conversations/<uuid:conversation_id>/why/", views.why, name="why"),
    path("conversations/<uuid:conversation_id>/tags/", tags.tags, name="tags"),
    path(
        "conversations/<uuid:conversation_id>/quick-replies/", quick_replies.suggestions, name="suggestions"
    ),
    path("conversations/<uuid:conversation_id>/colleagues/", colleagues.colleagues, name="colleagues"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("quick-replies/", quick_replies.quick_replies, name="quick_replies"),
    path("quick-replies/<int:reply_id>/", quick_replies.quick_reply, name="quick_reply"),
    path("quick-replies/<int:reply_id>/delete/", quick_replies.delete_quick_reply, name="delete_quick_reply"),
    path("offers/<uuid:offer_id>/considered/", views.considered, name="considered"),
    path("files/<uuid:attachment_id>/", uploads.file, name="file"),
    path("supervisor/waiting/<int:user_id>/", floor_views.waiting, name="waiting"),
    path("supervisor/reports/", report_views.reports, name="reports"),
    path("supervisor/reports/<slug:key>.csv", report_views.table, name="report_table"),
    path("supervisor/", floor_views.floor, name="floor"),
]
