// Improves pages that work without it: leaving at once, live turns without doubles, sending
// without a reload, minutes of a held time, listening and printing.

(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const log = byId("log");

  // Leaving: the page is empty before anything else happens.
  const leave = byId("leave");

  function leaveNow() {
    document.body.hidden = true;
    const body = new URLSearchParams(new FormData(leave));
    fetch(leave.action, { method: "POST", body, keepalive: true }).catch(() => {});
    location.replace(leave.dataset.to);
  }

  if (leave) {
    let lastEscape = -Infinity;
    leave.addEventListener("submit", (event) => {
      event.preventDefault();
      leaveNow();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (event.timeStamp - lastEscape < 800) leaveNow();
      lastEscape = event.timeStamp;
    });
  }

  // A page from the browser's memory may belong to somebody who has left.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});

  showTools(document);
  document.addEventListener("click", pressTool);
  setInterval(countDown, 5000);
  countDown();
  if (log) startChat();

  function startChat() {
    const text = byId("text");
    const isMouse = matchMedia("(hover: hover) and (pointer: fine)");
    let isAtEnd = false;

    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && isMouse.matches) {
        event.preventDefault();
        text.form.requestSubmit();
      }
    });

    const showNetwork = () => { byId("offline").hidden = navigator.onLine; };
    addEventListener("online", showNetwork);
    addEventListener("offline", showNetwork);
    showNetwork();

    on("htmx:configRequest", (event) => {
      const last = log.lastElementChild;
      event.detail.parameters.after = last ? last.dataset.seq : 0;
    });

    // The answer to a form and the live stream bring the same turns: each stays once.
    on("htmx:afterSwap", () => {
      log.querySelectorAll(":scope > li[data-seq]").forEach((turn) => {
        if (byId(turn.id) !== turn) turn.remove();
      });
    });
    on("htmx:sseBeforeMessage", (event) => {
      isAtEnd = innerHeight + scrollY > document.body.scrollHeight - 240;
      if (event.target === log && byId(`m${event.detail.lastEventId}`)) event.preventDefault();
    });
    on("htmx:sseMessage", (event) => {
      if (event.target === log && isAtEnd) log.lastElementChild.scrollIntoView({ block: "nearest" });
    });
    on("htmx:sseClose", (event) => {
      if (event.detail.type === "message") location.reload();
    });

    on("htmx:afterRequest", (event) => {
      const { xhr, successful, elt, requestConfig } = event.detail;
      byId("unsent").hidden = successful || [413, 422, 429].includes(xhr.status) || !navigator.onLine;
      if ([403, 404].includes(xhr.status)) location.reload();
      if (!successful || xhr.status !== 200) return;
      if (elt.id === "say") text.value = "";
      const first = [...log.children].find(
        (turn) => Number(turn.dataset.seq) > Number(requestConfig.parameters.after),
      );
      if (first) first.scrollIntoView({ block: "start" });
    });

    on("htmx:load", (event) => showTools(event.detail.elt));
  }

  function on(name, listener) {
    document.body.addEventListener(name, listener);
  }

  // Listening uses voices of the phone itself, so that no answer is sent anywhere.
  function voiceFor(element) {
    if (!("speechSynthesis" in window)) return null;
    const answer = element.closest(".answer, .stage");
    const text = answer.querySelector(".prose[lang], .answer__body[lang]");
    const language = (text || answer.closest("[lang]")).lang;
    return speechSynthesis
      .getVoices()
      .find((voice) => voice.localService && voice.lang.split(/[-_]/)[0] === language);
  }

  function showTools(root) {
    if (!root.querySelectorAll) return;
    root.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
    root.querySelectorAll("[data-listen]").forEach((button) => { button.hidden = !voiceFor(button); });
  }

  if ("speechSynthesis" in window) {
    speechSynthesis.addEventListener("voiceschanged", () => showTools(document));
  }

  function pressTool(event) {
    const button = event.target.closest("[data-listen], [data-print]");
    if (!button) return;
    const answer = button.closest(".answer, .slip, .stage");
    if ("listen" in button.dataset) listen(answer);
    else print_(answer);
  }

  function listen(answer) {
    const wasSpeaking = speechSynthesis.speaking;
    speechSynthesis.cancel();
    if (wasSpeaking) return;
    const words = new SpeechSynthesisUtterance(answer.querySelector(".answer__body").innerText);
    words.voice = voiceFor(answer);
    words.lang = words.voice.lang.replace("_", "-"); // Android writes sv_SE
    speechSynthesis.speak(words);
  }

  function print_(answer) {
    document.querySelectorAll(".turn--print").forEach((turn) => turn.classList.remove("turn--print"));
    const turn = answer.closest(".turn");
    if (turn) turn.classList.add("turn--print");
    print();
  }

  // Whole minutes only: a running second would hurry people.
  function countDown() {
    document.querySelectorAll("[data-seconds]").forEach((left) => {
      left.dataset.until ||= String(Date.now() + Number(left.dataset.seconds) * 1000);
      const minutes = Math.ceil((Number(left.dataset.until) - Date.now()) / 60000);
      left.textContent = minutes > 0 ? inMinutes(minutes) : left.dataset.over;
    });
  }

  function inMinutes(minutes) {
    const options = { style: "unit", unit: "minute", unitDisplay: "long", numberingSystem: "latn" };
    return new Intl.NumberFormat(document.documentElement.lang, options).format(minutes);
  }
})();
