"""Static files: stored under names that carry their hash, served without leaving the event loop's way."""

from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.staticfiles.storage import HashedFilesMixin, ManifestStaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

from config.squeeze import OWN, Squeezed, compressed

# Bundles of others: megabytes that import nothing, which it takes seconds to search for imports.
BUNDLES = ("drf_spectacular_sidecar/", "admin/js/vendor/")


class HashedStorage(ManifestStaticFilesStorage):
    # Without this a module imported by another would keep its unhashed, hence stale, address.
    support_js_module_import_aggregation = True
    _patterns: dict[str, Any]  # Django's: what to replace in which files

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        own = {path: _read(path, place) for path, place in paths.items() if not path.startswith(BUNDLES)}
        for name, stored, processed in super().post_process(own, dry_run, **options):
            if name.startswith(OWN) and stored:
                self._compress(stored)
            yield name, stored, processed
        if not dry_run:
            yield from self._only_hash({path: paths[path] for path in paths.keys() - own.keys()})

    def _compress(self, stored: str) -> None:
        path = Path(self.path(stored))
        path.with_name(f"{path.name}.gz").write_bytes(compressed(path.read_bytes()))

    def _only_hash(self, paths: dict[str, Any]) -> Iterator[Any]:
        patterns = self._patterns
        self._patterns = {}
        yield from HashedFilesMixin.post_process(self, paths)
        self._patterns = patterns
        self.save_manifest()


def _read(path: str, place: tuple[Any, str]) -> tuple[Any, str]:
    storage, name = place
    return (Squeezed(storage), name) if path.startswith(OWN) else place


class StaticMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # it has no types
    """WhiteNoise is synchronous: unwrapped, it would push every request, async views too, through a thread."""

    sync_capable = True
    async_capable = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if iscoroutinefunction(self.get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self):
            return self._call_async(request)
        return self._serve_if_static(request) or cast(HttpResponseBase, self.get_response(request))

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(self.static_prefix):
            response = await sync_to_async(self._serve_if_static, thread_sensitive=False)(request)
            if response is not None:
                return response
        return await cast(Awaitable[HttpResponseBase], self.get_response(request))

    def _serve_if_static(self, request: HttpRequest) -> HttpResponse | None:
        file = self.find_file(request.path_info) if self.autorefresh else self.files.get(request.path_info)
        if file is None:
            return None
        found = file.get_response(request.method, request.META)
        # Read whole (our files are small): ASGI would have to iterate an open file in threads.
        content = b"" if found.file is None else found.file.read()
        if found.file is not None:
            found.file.close()
        response = HttpResponse(content, status=int(found.status))
        for name, value in found.headers:
            response[name] = value
        return response
