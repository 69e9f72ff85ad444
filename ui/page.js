// The page's own behaviour: the Sources panel, questions offered as links, and focus.
// `window.mentorCoach` is called by the page's components; everything else listens on the document.
window.mentorCoach = (() => {
  "use strict";

  const cards = new Map(); // a card's id → its element, for every turn of the conversation on screen
  const LIVE = "src-live-"; // cards of an answer that is still arriving
  let opener = null; // the link that opened the panel: its address, and which of those with that address
  let open = null; // the id of the card on show
  let asked = 0; // how many questions are on screen
  let asking = ""; // the question on its way
  let turn = null; // the turn that is last on screen
  const LONGEST = 12000; // characters; more than any limit of the coach, less than the service refuses unread

  const find = (selector) => document.querySelector(selector);
  const box = () => find("#question textarea");
  const citations = (href) => [...document.querySelectorAll("#conversation a")].filter((a) => a.getAttribute("href") === href);

  /** Remember what is asked, to put it back if it fails; a text beyond all limits is cut on its way, not in the box. */
  function sending(question, id) {
    asking = question;
    return [question.slice(0, LONGEST), id];
  }

  /** Take in a turn as it stands now; returns, as the one output, the conversation with that turn in it. */
  function receive(text, shown) {
    if (!text) return [shown];
    const sent = JSON.parse(text);
    const before = sent.turn === turn ? shown.slice(0, -2) : shown;
    turn = sent.turn;
    file(sent.cards);
    if (sent.failed && box() && !box().value.trim()) write(asking);
    return [[...before, message("user", sent.question), message("assistant", sent.answer)]];
  }

  const message = (role, html) => ({ role, content: [{ type: "text", text: html }], metadata: null, options: null });

  /** Keep the cards; those of a finished answer replace the ones it came with. */
  function file(html) {
    const sent = document.createElement("template");
    sent.innerHTML = html;
    const articles = [...sent.content.querySelectorAll("article.card")];
    const finished = articles.some((card) => !card.id.startsWith(LIVE));
    if (finished) for (const id of [...cards.keys()]) if (id.startsWith(LIVE)) cards.delete(id);
    for (const card of articles) cards.set(card.id, card);
    if (!finished || !open?.startsWith(LIVE)) return;
    const number = open.split("-").pop();
    const settled = articles.find((card) => card.id.endsWith(`-${number}`));
    if (settled) show(settled.id);
    if (settled && opener) opener.href = `#${settled.id}`;
  }

  function show(id) {
    const card = cards.get(id);
    const shown = find("#sources .shown");
    if (!card || !shown) return null;
    const copy = document.importNode(card, true);
    shown.replaceChildren(copy);
    open = id;
    document.documentElement.classList.add("sources-open");
    const scroller = find("#sources");
    scroller.scrollTop = 0;
    const mark = copy.querySelector("mark");
    if (mark) {
      const below = mark.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom;
      if (below > 0) scroller.scrollTop = below + 48;
    }
    return copy;
  }

  function follow(link) {
    const href = link.getAttribute("href");
    const card = show(href.slice(1));
    if (!card) return;
    if (!link.closest("#sources")) opener = { href, nth: citations(href).indexOf(link) };
    card.focus({ preventScroll: true });
  }

  function close() {
    open = null;
    document.documentElement.classList.remove("sources-open");
    const back = opener && (citations(opener.href)[opener.nth] || citations(opener.href)[0]);
    (back || box())?.focus({ preventScroll: true });
    opener = null;
  }

  function write(text) {
    const field = box();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function ask(question) {
    write(question);
    setTimeout(() => find("#send")?.click(), 60); // after the page has taken the new text in
  }

  /** Forget the conversation on screen. */
  function restart() {
    cards.clear();
    turn = opener = null;
    close();
    return ["", "", [], ""];
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.cite, a.near, a.hop, a.ask");
    if (link) {
      event.preventDefault();
      if (link.classList.contains("ask")) ask(link.textContent);
      else follow(link);
      return;
    }
    if (event.target.closest?.("#sources .close")) close();
    if (event.target.closest?.("#send") && matchMedia("(pointer: fine)").matches) box()?.focus();
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) close();
  });

  /** What Gradio leaves to be desired: names that read out markup, and a log that repeats a growing answer. */
  function tidy() {
    for (const [who, name] of [["user", "Your question"], ["bot", "The coach"]]) {
      for (const message of document.querySelectorAll(`#conversation [data-testid="${who}"]`)) {
        if (message.getAttribute("aria-label") !== name) message.setAttribute("aria-label", name);
        if (!message.hasAttribute("role")) message.setAttribute("role", "group");
      }
    }
    const log = find("#conversation [role=log]");
    const busy = String(Boolean(find("#conversation .status")));
    if (log && log.getAttribute("aria-busy") !== busy) log.setAttribute("aria-busy", busy);
  }

  new MutationObserver(() => {
    const questions = document.querySelectorAll("#conversation .asked");
    // A new question goes to the top, so that its answer is read from its beginning.
    if (questions.length > asked) questions[questions.length - 1].scrollIntoView({ block: "start" });
    asked = questions.length;
    tidy();
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["aria-label"] });

  return { sending, receive, restart };
})();
