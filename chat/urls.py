from django.urls import path

from chat import views

urlpatterns = [
    path("widget/loader.js", views.loader, name="widget-loader"),
    path("widget/<slug:public_id>/", views.frame, name="widget-frame"),
]
