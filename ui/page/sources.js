// The passages behind the claims: the quote beside a number under the pointer or in focus, and the Sources panel.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, all, make } = coach;
  const cards = new Map(); // a card's id → its element, for every turn of the conversation on screen
  const LONGEST = 420; // characters of a quote beside its number; the panel shows the whole of it
  const SHOW_MS = 120;
  let open = null; // the id of the card on show
  let opener = null; // the link that opened the panel: its address, and which of those with that address
  let waiting = 0;
  let quoted = null; // the link whose quote is on show

  const links = (href) => all("#conversation a").filter((a) => a.getAttribute("href") === href);

  /** Keep the cards of a turn; those of a whole answer replace the ones that it came with, under the name `before`. */
  function file(html, before) {
    const sent = document.createElement("template");
    sent.innerHTML = html;
    const passing = before ? `src-${before}-` : null;
    if (passing) for (const id of [...cards.keys()]) if (id.startsWith(passing)) cards.delete(id);
    const articles = all("article.card", sent.content);
    for (const card of articles) cards.set(card.id, card);
    if (!passing || !open?.startsWith(passing)) return;
    const number = open.split("-").pop();
    const settled = articles.find((card) => card.id.endsWith(`-${number}`));
    if (settled) show(settled.id);
    if (settled && opener) opener.href = `#${settled.id}`;
  }

  function show(id) {
    const card = cards.get(id);
    if (!card) return null;
    const copy = document.importNode(card, true);
    const panel = coach.openPanel("sources");
    find(".shown", panel).replaceChildren(copy);
    open = id;
    panel.scrollTop = 0;
    const mark = find("mark", copy);
    if (mark) {
      const below = mark.getBoundingClientRect().bottom - panel.getBoundingClientRect().bottom;
      if (below > 0) panel.scrollTop = below + 48;
    }
    for (const link of all("#conversation a.cite")) link.classList.toggle("shown", link.getAttribute("href") === `#${id}`);
    return copy;
  }

  function follow(link) {
    hide();
    const href = link.getAttribute("href");
    const card = show(href.slice(1));
    if (!card) return;
    if (!link.closest("#sources")) opener = { href, nth: links(href).indexOf(link) };
    card.focus({ preventScroll: true });
  }

  function closed() {
    open = null;
    for (const link of all("#conversation a.cite.shown")) link.classList.remove("shown");
    const back = opener && (links(opener.href)[opener.nth] || links(opener.href)[0]);
    opener = null;
    // After the panel has given focus back: an answer drawn anew holds another link than the one that was pressed.
    if (back) queueMicrotask(() => back.focus({ preventScroll: true }));
  }

  function clear() {
    cards.clear();
    hide();
    opener = null;
    coach.closePanel("sources");
  }

  // The quote beside its number: it can be pointed at itself, and Escape takes it away.

  function quote(link) {
    const card = cards.get(link.getAttribute("href").slice(1));
    const tip = find("#quote");
    if (!card || !tip || quoted === link) return;
    hide();
    const words = find("mark", card)?.textContent || "";
    const cut = words.length > LONGEST ? `${words.slice(0, LONGEST).replace(/\s+\S*$/, "")} …` : words;
    const title = find("h3", card).lastChild.textContent.trim();
    const kind = find("dl .strength", card);
    tip.replaceChildren(
      make("q", { text: cut }),
      make("p", { class: "from" }, make("span", { text: title }), " ", kind ? document.importNode(kind, true) : null),
    );
    tip.showPopover();
    quoted = link;
    link.setAttribute("aria-describedby", "quote");
    const at = link.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left + at.width / 2 - size.width / 2, innerWidth - size.width - 8));
    const above = at.top - size.height > 16;
    tip.style.left = `${left}px`;
    // Fixed on the side of its number, so that it grows away from it.
    tip.style.bottom = above ? `${innerHeight - at.top + 8}px` : "auto";
    tip.style.top = above ? "auto" : `${at.bottom + 8}px`;
  }

  function hide() {
    clearTimeout(waiting);
    quoted?.removeAttribute("aria-describedby");
    quoted = null;
    const tip = find("#quote");
    if (tip?.matches(":popover-open")) tip.hidePopover();
  }

  const cited = (event) => event.target.closest?.("#conversation a.cite");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    clearTimeout(waiting);
    const link = cited(event);
    if (link) waiting = setTimeout(() => quote(link), SHOW_MS);
    else if (quoted && !event.target.closest?.("#quote")) waiting = setTimeout(hide, 2 * SHOW_MS);
  });
  document.addEventListener("focusin", (event) => {
    const link = cited(event);
    if (link?.matches(":focus-visible")) quote(link);
    else hide();
  });
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !quoted) return;
    event.preventDefault();
    hide();
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.cite, a.near, a.hop");
    if (link) {
      event.preventDefault();
      follow(link);
    }
    const copy = event.target.closest?.("#sources .copy");
    if (copy) coach.copyText(find(".reference", copy.closest(".card"))?.textContent, copy);
  }, true);

  /** Copy a reference, and say on its button whether that went. */
  coach.copyText = async (text, button) => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied: select it and copy by hand";
    }
    coach.say(button.textContent);
    setTimeout(() => { button.textContent = before; }, 2500);
  };

  coach.ready.then(() => find("#sources").addEventListener("closed", closed));
  coach.sources = { file, clear, cards: () => cards };
})();
