from django.urls import path

from chat import views
from chat.files.views import file

urlpatterns = [
    path("files/<str:signed>", file, name="file"),
    path("widget/loader.js", views.loader, name="widget-loader"),
    path("widget/<slug:public_id>/logo/<slug:digest>", views.logo, name="widget-logo"),
    path("widget/<slug:public_id>/preview/", views.preview, name="widget-preview"),
    path("widget/<slug:public_id>/window/", views.window, name="widget-window"),
    path("widget/<slug:public_id>/", views.frame, name="widget-frame"),
]
