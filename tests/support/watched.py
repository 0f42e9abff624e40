"""A page of a browser that tells what it should not do."""

from contextlib import contextmanager


@contextmanager
def watched_page(browser, told=("error", "warning"), excused=None, **settings):
    """Yield a page; afterwards it must have written nothing of this kind, and asked no other machine.

    `excused` is part of the one address that may answer with an error.
    """
    context = browser.new_context(**settings)
    page, wrongs = context.new_page(), []

    def counts(line):
        return line.type in told and not (excused and excused in line.location["url"])

    page.on("console", lambda line: wrongs.append(line.text) if counts(line) else None)
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("request", lambda asked: None if is_local(asked.url) else wrongs.append(asked.url))
    try:
        yield page
    finally:
        context.close()
    assert not wrongs


def is_local(url):
    return url.startswith(("file:", "data:", "blob:", "about:", "http://127.0.0.1:"))


def serious(page, **options):
    """Return what axe-core finds that is serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, **options).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found
            if one["impact"] in ("serious", "critical")]  # fmt: skip
