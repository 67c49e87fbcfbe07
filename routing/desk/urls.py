from django.urls import path

from routing.desk import floor_views, views

app_name = "desk"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("search/", views.search, name="search"),
    path("work/<slug:key>/", views.work, name="work"),
    path("conversations/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/bar/", views.bar, name="bar"),
    path("supervisor/", floor_views.floor, name="floor"),
]
