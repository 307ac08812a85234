// Saves reloads in the console; every page works without it.
(function () {
  "use strict";
  htmx.config.allowEval = false;
  htmx.config.includeIndicatorStyles = false;
  htmx.config.scrollIntoViewOnBoost = false;
  // No copy of what residents wrote stays in the browser.
  htmx.config.historyCacheSize = 0;
  htmx.config.refreshOnHistoryMiss = true;

  var openLines = [];
  var wasAtEnd = true;
  var shownSeq = byId("entries") ? byId("entries").dataset.last : null;

  function byId(id) { return document.getElementById(id); }

  function toEnd() {
    var talk = byId("talk");
    if (talk) { talk.scrollTop = talk.scrollHeight; }
  }

  function say(text) {
    var place = byId("said");
    if (place) { place.textContent = text; }
  }

  function show(hidden) {
    var note = byId("failed");
    note.textContent = note.dataset.text;
    note.hidden = hidden;
  }

  // A refusal of a form is a page to read; a part that fails to refresh stays as it is.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail;
    if (detail.boosted && detail.xhr.status < 500) { detail.shouldSwap = true; detail.isError = false; }
    var talk = byId("talk");
    wasAtEnd = !talk || talk.scrollHeight - talk.scrollTop - talk.clientHeight < 60;
    openLines = Array.from(document.querySelectorAll("details.botline[open]"), function (line) { return line.id; });
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    openLines.forEach(function (id) { if (byId(id)) { byId(id).open = true; } });
    var entries = byId("entries");
    if (!entries || (entries.dataset.last === shownSeq && !event.detail.boosted)) { return; }
    shownSeq = entries.dataset.last;
    if (wasAtEnd || event.detail.boosted) { toEnd(); }
    if (event.detail.target.id === "entries") { say(entries.dataset.new); }
  });

  document.addEventListener("htmx:sendError", function () { show(false); });
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status >= 500) { show(false); }
  });
  document.addEventListener("htmx:afterOnLoad", function () { show(true); });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.ask[open]").forEach(function (box) {
        box.open = false;
        box.querySelector("summary").focus();
      });
    }
  });

  // One small box is open at a time.
  document.addEventListener("toggle", function (event) {
    if (!event.target.open || !event.target.matches("details.ask")) { return; }
    document.querySelectorAll("details.ask[open]").forEach(function (box) {
      if (box !== event.target) { box.open = false; }
    });
  }, true);

  toEnd();
}());
