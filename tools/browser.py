"""Open a notebook in a real JupyterLab and a headless browser: for the browser test and the browser benchmark."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
# On a cold machine the notebook is seen seconds before its kernel is there, and "Run All" asked for then runs nothing.
KERNEL_READY = """() => document.querySelector('.jp-Toolbar-kernelName')?.textContent !== 'No Kernel' &&
  document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"""
STARTED = "() => [...document.querySelectorAll('.jp-InputPrompt')].some(p => /[*0-9]/.test(p.textContent))"
IDLE = "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('*'))"


def chromium():
    """Return the path of this machine's Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def open_notebook(notebook, *, width=1280, height=1400):
    """Serve a copy of `notebook` in JupyterLab, open it in the browser, and hand over the page."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as scratch,
        _lab(notebook, pathlib.Path(scratch)) as home,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{home}/lab/tree/{pathlib.Path(notebook).name}?reset", wait_until="load")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
        yield page
        browser.close()


def run_all(page, timeout=120):
    """Run all cells; return the seconds that it took. Cells that failed are in `failures`."""
    page.wait_for_function(KERNEL_READY, timeout=90_000)
    page.wait_for_timeout(500)  # a dialog may come late
    for button in page.locator(".jp-Dialog button.jp-mod-accept").all():
        button.click()
    started = time.monotonic()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_function(STARTED, timeout=30_000)
    page.wait_for_function(IDLE, timeout=1000 * timeout)
    return time.monotonic() - started


def failures(page):
    """Return what stands on stderr or in tracebacks, and the code cells that did not run."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.jp-CodeCell')].flatMap((cell, i) => {
          const bad = [...cell.querySelectorAll('[data-mime-type$="stderr"], [data-mime-type$="jupyter.error"]')];
          const code = cell.querySelector('.cm-content')?.textContent.trim();
          const ran = /[0-9]/.test(cell.querySelector('.jp-InputPrompt')?.textContent || '');
          const said = bad.map(o => `cell ${i + 1}: ${o.textContent.slice(0, 300)}`);
          return code && !ran ? [...said, `cell ${i + 1} never ran`] : said;
        })"""
    )


@contextlib.contextmanager
def _lab(notebook, scratch):
    root = scratch / "course"
    root.mkdir()
    shutil.copy(notebook, root)
    quiet = {
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }
    for name, settings in quiet.items():
        path = scratch / "settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
    ]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={root}"]
    places = {
        "JUPYTERLAB_SETTINGS_DIR": str(scratch / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "spaces"),
    }
    home = f"http://127.0.0.1:{port}"
    log_path = scratch / "lab.log"
    with open(log_path, "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | places)
    try:
        _wait_for(home, server, log_path)
        yield home
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(home, server, log):
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{home}/api", timeout=2)
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
