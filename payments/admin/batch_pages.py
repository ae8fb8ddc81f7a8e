"""Work on all bookings of a date: its dry run, the start of it, and how far it has got.

Whoever confirms is led to the page of the job, which asks for its figures while workers are at it.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from payments.progress import BatchProgress
from ticketing.admin.bases import ReadOnlyAdmin, admin_url
from ticketing.transactions import retry_on_conflict

JobT = TypeVar("JobT", bound=Model)


class BatchAdmin(ReadOnlyAdmin[JobT]):
    """Its templates are plan.html, progress.html and _progress.html of `folder`, which extend those of `batch`.

    Looking needs the right to view jobs; the dry run, starting and trying again need the right to add them.
    """

    progress: ClassVar[type[BatchProgress[Any]]]
    folder: ClassVar[str]
    date_hierarchy = "started_at"
    view_on_site = False
    # Each row is counted afresh.
    list_per_page = 20

    def title_of(self, job: JobT) -> str:
        raise NotImplementedError

    def describe(self, job: JobT) -> str:
        """For the log."""
        raise NotImplementedError

    def dry_run_urls(self) -> list[URLPattern]:
        raise NotImplementedError

    def try_again(self, job_id: int) -> object:
        """The service behind the button for what failed."""
        raise NotImplementedError

    @admin.display(description=gettext_lazy("bookings"))
    def bookings_done(self, job: JobT) -> str:
        progress = self.progress(job)
        return f"{progress.done:,} / {progress.total:,}"

    @admin.display(description=gettext_lazy("status"))
    def show_state(self, job: JobT) -> tuple[str, str]:
        progress = self.progress(job)
        if progress.can_be_resumed:
            return "failed", _("needs a look")
        return ("running", _("running")) if progress.is_moving else ("done", _("done"))

    show_state.label = {"failed": "danger", "running": "warning", "done": "success"}  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        mine = [
            self.page_at("<int:object_id>/change/", self.progress_page, "change"),
            self.page_at("<int:object_id>/resume/", require_POST(self.resume), "resume"),
        ]
        return [*self.dry_run_urls(), *mine, *super().get_urls()]

    def page_at(self, route: str, page: Callable[..., HttpResponse], name: str) -> URLPattern:
        wrapped = self.admin_site.admin_view(page)
        return path(route, wrapped, name=f"{self.opts.app_label}_{self.opts.model_name}_{name}")

    def check_right(self, request: HttpRequest, what: str) -> None:
        if not self.may(request, what):
            raise PermissionDenied

    def may(self, request: HttpRequest, what: str) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.{what}_{self.opts.model_name}")

    def show_plan(self, request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"{self.folder}/plan.html", shared | context, status=status)

    def start(self, request: HttpRequest, act: Callable[[], JobT], said: str) -> HttpResponse:
        """Do what was confirmed; raises what `act` refuses with."""
        job = retry_on_conflict(act)
        self.log_addition(request, job, self.describe(job))
        messages.success(request, said)
        return HttpResponseRedirect(admin_url(job, "change", job.pk))

    def progress_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How far it has got; the figures alone for htmx, which asks for them every few seconds."""
        self.check_right(request, "view")
        job = get_object_or_404(self.get_queryset(request), pk=object_id)
        fragment = f"{self.folder}/_progress.html"
        context: dict[str, Any] = {"job": job, "progress": self.progress(job), "opts": self.opts}
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, fragment, context)
        context |= {
            **self.admin_site.each_context(request),
            "fragment": fragment,
            "title": self.title_of(job),
            "may_resume": self.may(request, "add"),
        }
        return TemplateResponse(request, f"{self.folder}/progress.html", context)

    def resume(self, request: HttpRequest, object_id: int) -> HttpResponse:
        self.check_right(request, "add")
        job = get_object_or_404(self.get_queryset(request), pk=object_id)
        retry_on_conflict(lambda: self.try_again(object_id))
        self.log_change(request, job, "Tried again what had failed.")
        messages.success(request, _("What failed is tried again."))
        return HttpResponseRedirect(admin_url(job, "change", object_id))
