// What all of the page's scripts share: finding and making elements, asking the service, panels and dialogs, and the look.
// Foreign words are only ever set as text; HTML comes from the service alone, which has escaped it.
window.mentorCoach = (() => {
  "use strict";

  const LOST = "The service cannot be reached. Nothing on this page is lost; try again in a moment.";
  const root = document.documentElement;

  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /** An element with attributes (`text` is its text) and children. */
  function make(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") made.textContent = value;
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  /** Ask the service; what goes wrong is an Error with words to show, and `status` where there was an answer. */
  async function call(path, options = {}) {
    let response;
    try {
      response = await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw Object.assign(new Error(LOST), { lost: true });
    }
    if (response.ok) return response;
    const kind = response.headers.get("content-type") || "";
    const body = kind.includes("json") ? await response.json() : null;
    throw Object.assign(new Error(body?.detail || "The service did not take that. Try again."), { status: response.status });
  }

  const json = async (path, options) => (await call(path, options)).json();
  const sending = (body, method = "POST") => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

  /** A whole list, page by page where the service gives it in pages. */
  async function listed(path, name) {
    const items = [];
    for (let cursor = null; ;) {
      const part = await json(cursor ? `${path}?cursor=${encodeURIComponent(cursor)}` : path);
      items.push(...part[name]);
      if (!part.next) return items;
      cursor = part.next;
    }
  }

  /** Tell a screen reader. */
  function say(text) {
    const said = find("#said");
    if (said) said.textContent = text;
  }

  /** What this browser keeps; without storage it keeps nothing. */
  const kept = {
    get(name) { try { return localStorage.getItem(name); } catch { return null; } },
    set(name, value) {
      try {
        if (value === null) localStorage.removeItem(name);
        else localStorage.setItem(name, value);
      } catch { /* a browser that keeps nothing */ }
    },
  };

  // Panels beside the conversation: one stays open until it is closed, and focus goes back where it came from.
  const openers = new Map();

  function openPanel(name, focus) {
    const panel = find(`#${name}`);
    if (panel.hidden) openers.set(name, document.activeElement);
    panel.hidden = false;
    root.classList.add(`${name}-open`);
    find(`#open-${name}`)?.setAttribute("aria-expanded", "true");
    if (focus) focus.focus({ preventScroll: true });
    return panel;
  }

  function closePanel(name) {
    const panel = find(`#${name}`);
    if (!panel || panel.hidden) return false;
    panel.hidden = true;
    root.classList.remove(`${name}-open`);
    find(`#open-${name}`)?.setAttribute("aria-expanded", "false");
    panel.dispatchEvent(new CustomEvent("closed"));
    const back = openers.get(name);
    (back?.isConnected ? back : find("#question textarea"))?.focus({ preventScroll: true });
    return true;
  }

  /** A dialog takes the whole page until it is closed; the browser keeps focus in it and gives it back. */
  function openDialog(name) {
    const dialog = find(`#${name}`);
    if (!dialog.open) dialog.showModal();
    return dialog;
  }

  document.addEventListener("click", (event) => {
    const closing = event.target.closest?.(".close");
    if (closing) {
      const place = closing.closest("dialog, aside");
      if (place?.tagName === "DIALOG") place.close();
      else if (place) closePanel(place.id);
    }
    if (event.target.tagName === "DIALOG") event.target.close(); // beside the sheet
    const skip = event.target.closest?.(".skip");
    if (skip) { event.preventDefault(); find("#question textarea")?.focus(); }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || find("dialog[open]")) return;
    if (find("#quote")?.matches(":popover-open")) return;
    if (!closePanel("sources")) closePanel("history");
  });

  // The look: the system's, or the one that was chosen here. Gradio's own colours follow the same class.
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function look() {
    const chosen = kept.get("mentor-coach-look") || "system";
    const on = chosen === "dark" || (chosen === "system" && dark.matches);
    if (document.body && document.body.classList.contains("dark") !== on) document.body.classList.toggle("dark", on);
    for (const choice of all("#history [name=look]")) choice.checked = choice.value === chosen;
  }
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("#history [name=look]")) return;
    kept.set("mentor-coach-look", event.target.value === "system" ? null : event.target.value);
    look();
  });
  dark.addEventListener("change", look);
  document.addEventListener("DOMContentLoaded", () => {
    look();
    new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });
  });

  /** Resolves when the page's components are there. */
  const ready = new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (!find("#show") || !find("#panels #library")) return;
      watch.disconnect();
      look();
      done();
    });
    watch.observe(document, { childList: true, subtree: true });
  });

  return { find, all, make, call, json, listed, sending, say, kept, openPanel, closePanel, openDialog, ready };
})();
