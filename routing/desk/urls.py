from django.urls import path

from routing.desk import floor_views, uploads, views

app_name = "desk"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("search/", views.search, name="search"),
    path("work/<slug:key>/", views.work, name="work"),
    path("conversations/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/bar/", views.bar, name="bar"),
    path("conversations/<uuid:conversation_id>/hand-on/", views.hand_on, name="hand_on"),
    path("conversations/<uuid:conversation_id>/why/", views.why, name="why"),
    path("offers/<uuid:offer_id>/considered/", views.considered, name="considered"),
    path("files/<uuid:attachment_id>/", uploads.file, name="file"),
    path("supervisor/waiting/<int:user_id>/", floor_views.waiting, name="waiting"),
    path("supervisor/", floor_views.floor, name="floor"),
]
