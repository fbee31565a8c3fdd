// What htmx does not do: clocks, the transfer window, keys, and what is said when the desk is away.
"use strict";
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // ---- clocks: the server says since when and until when, by its own clock
  let ahead = 0; // our clock minus the server's, in ms
  const span = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < 60) return `${whole} s`;
    const pad = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(whole / 60);
    return minutes < 60 ? `${minutes}:${pad(whole % 60)}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
  };
  const tick = () => {
    const now = Date.now() - ahead;
    for (const one of all("[data-since]")) show(one, span((now - Date.parse(one.dataset.since)) / 1000));
    for (const one of all("[data-until]")) show(one, span((Date.parse(one.dataset.until) - now) / 1000 + 0.999));
  };
  const show = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const localise = (root) => {
    for (const one of all("time[data-local]", root)) {
      const at = new Date(one.getAttribute("datetime"));
      const clock = { hour: "2-digit", minute: "2-digit", ...("seconds" in one.dataset && { second: "2-digit" }) };
      const isToday = at.toDateString() === new Date().toDateString();
      const day = "day" in one.dataset && !isToday ? { weekday: "short", day: "numeric", month: "short" } : {};
      one.textContent = at.toLocaleString(undefined, { ...day, ...clock });
      one.title = at.toLocaleString();
    }
  };
  const look = (root) => {
    const told = find("[data-now]", root)?.dataset.now;
    if (told) ahead = Date.now() - Date.parse(told);
    localise(root);
    tick();
  };
  document.addEventListener("DOMContentLoaded", () => { look(document); setInterval(tick, 250); });
  document.addEventListener("htmx:afterSwap", (event) => look(event.target));
  document.addEventListener("htmx:sseMessage", (event) => look(event.target));

  // ---- the transfer window
  const window_ = () => find("#transfer");
  const open = (conversation) => {
    const dialog = window_();
    if (!dialog || dialog.open) return;
    find("#transfer-conversation").value = conversation;
    const search = find("#search");
    search.value = "";
    filter("");
    find("#outside").replaceChildren();
    dialog.showModal();
    search.focus();
  };
  const filter = (typed) => {
    const words = typed.toLowerCase().trim().split(/\s+/);
    let shown = 0;
    for (const one of all("#targets li")) {
      one.hidden = !words.every((word) => one.dataset.words.includes(word));
      shown += !one.hidden;
    }
    for (const heading of all("#targets h3")) heading.hidden = !all("li", heading.nextElementSibling).some((one) => !one.hidden);
    find("#nobody").hidden = shown > 0;
  };
  const choices = () => all("#outside button, #targets li:not([hidden]) button");
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-transfer]");
    if (opener) open(opener.dataset.transfer);
    const closer = event.target.closest("[data-close]");
    if (closer) find(`#${closer.dataset.close}`).close();
    if (event.target === window_()) window_().close(); // beside it
  });
  document.addEventListener("input", (event) => { if (event.target.id === "search") filter(event.target.value); });
  document.addEventListener("keydown", (event) => {
    const dialog = window_();
    if (dialog?.open) {
      const place = choices().indexOf(document.activeElement);
      if (event.key === "Escape") {
        dialog.close(); // by itself the first would only empty the search
        event.preventDefault();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const next = choices()[event.key === "ArrowDown" ? place + 1 : place - 1];
        (next ?? (event.key === "ArrowUp" ? find("#search") : document.activeElement)).focus();
        event.preventDefault();
      } else if (event.key === "Enter" && document.activeElement.id === "search") {
        event.preventDefault(); // one that is left over is meant; of several none
        if (choices().length === 1) choices()[0].click();
        else choices()[0]?.focus();
      } else if (place >= 0 && (event.key === "Home" || event.key === "End")) {
        choices().at(event.key === "Home" ? 0 : -1).focus();
        event.preventDefault();
      } else if (place >= 0 && /^\S$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
        find("#search").focus(); // whoever goes on typing goes on searching: this letter too is typed there
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const wanted = {
      t: "#calls [data-transfer]", r: "#calls form[hx-post='/resume'] button",
      m: "#calls [hx-post='/mute']", h: "#calls [hx-post='/hold']",
      n: "#notes #note", d: "#dial-target",
    }[event.key.toLowerCase()];
    const found = wanted && find(wanted);
    if (!found || event.repeat) return;
    event.preventDefault();
    if (found.matches("input, textarea")) found.focus(); else found.click();
  });
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.id === "transfer-form") window_().close(); });

  // The second half of a double click is meant for what stood there before the first.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("button[hx-post], [hx-post] button")) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  // Somebody is called: what was typed has done its work.
  document.addEventListener("htmx:afterRequest", (event) => { if (event.target.id === "dial" && event.detail.successful) find("#dial-target").value = ""; });

  // One that is clicked before htmx has seen it must not load another page.
  document.addEventListener("submit", (event) => { if (event.target.matches("[hx-post], [hx-put]")) event.preventDefault(); });

  // ---- what is said goes again, but for what is wrong while somebody reads it
  let going;
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "said") return;
    clearTimeout(going);
    const said = find(".said");
    going = setTimeout(() => said?.remove(), said?.classList.contains("bad") ? 10000 : 2500);
  });
  const say = (text) => {
    const said = Object.assign(document.createElement("p"), { className: "said bad", textContent: text });
    find("#said").replaceChildren(said);
    clearTimeout(going);
    going = setTimeout(() => said.remove(), 10000);
  };

  // ---- notes are not overwritten while they are typed, and not lost while the desk is away
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    if (event.detail.type !== "notes") return;
    const shown = find("#notes [data-conversation]")?.dataset.conversation;
    const coming = new DOMParser().parseFromString(event.detail.data, "text/html").querySelector("[data-conversation]");
    if (shown !== undefined && coming?.dataset.conversation === shown) event.preventDefault();
  });
  let unsaved = false;
  const noteState = (text, isBad) => { const state = find("#note-state"); if (state) { state.textContent = text; state.classList.toggle("bad", isBad); } };
  document.addEventListener("input", (event) => { if (event.target.id === "note") { unsaved = true; noteState("…", false); } });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.id !== "note-form") return;
    if (event.detail.successful) { unsaved = false; return; }
    if (event.detail.xhr.status === 0 || event.detail.xhr.status >= 500) {
      noteState("not saved yet: trying again", true);
      setTimeout(() => htmx.trigger("#note-form", "change"), 1500);
    }
  });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  // ---- recordings: a mark is a place to go to, and the one that is heard is marked
  const marksOf = (sound) => all(`.marks [data-sound="${sound.id}"]`);
  const follow = (sound) => {
    let heard;
    for (const mark of marksOf(sound)) if (Number(mark.dataset.seek) <= sound.currentTime + 0.05) heard = mark;
    for (const mark of marksOf(sound)) mark === heard ? mark.setAttribute("aria-current", "true") : mark.removeAttribute("aria-current");
    const head = find(".head-at", sound.parentElement);
    if (head && sound.duration) head.setAttribute("x", Math.min(997, 1000 * sound.currentTime / sound.duration));
  };
  for (const type of ["timeupdate", "seeked", "loadedmetadata"]) {
    document.addEventListener(type, (event) => { if (event.target.matches?.(".player audio")) follow(event.target); }, true);
  }
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-seek]");
    const sound = mark && find(`#${mark.dataset.sound}`);
    if (!sound) return;
    for (const other of all("audio")) if (other !== sound) other.pause();
    sound.currentTime = Number(mark.dataset.seek);
    sound.play().catch(() => {}); // why it cannot be played, its error says
  });
  document.addEventListener("error", (event) => {
    if (!event.target.matches?.(".player audio")) return;
    // What stands in its place says why: it may have been removed meanwhile, or the store be away.
    const players = event.target.closest("#players");
    say("The recording cannot be played.");
    htmx.ajax("GET", players.dataset.again, { target: players, swap: "outerHTML" });
  }, true);

  // ---- the connection
  const connected = (is) => { const note = find("#cut-off"); if (note) note.hidden = is; };
  let silent;
  document.addEventListener("htmx:sseError", () => { silent ??= setTimeout(() => connected(false), 1500); });
  document.addEventListener("htmx:sseOpen", (event) => {
    clearTimeout(silent); silent = undefined; connected(true);
    event.detail.source.addEventListener("signed-out", () => { unsaved = false; location.assign("/sign-in"); });
  });
  document.addEventListener("htmx:sendError", (event) => { if (event.target.id !== "note-form") say("The desk does not answer. Nothing was changed; try again in a moment."); });
})();
