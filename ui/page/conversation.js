// The conversation on screen: asking, what arrives of an answer, stopping, asking again, and opening a stored one.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, all, make } = coach;
  const LONGEST = 12000; // characters; more than any limit of the coach, less than the service refuses unread
  const LOST = "The connection was lost before the answer was whole.";
  const BACK = "Your question is back in the box below; nothing else was lost.";
  const STOPPED = "Stopped here. What stands above was checked; the answer is not whole, and it is not kept.";
  const STOPPED_BEFORE = "Stopped before anything was found. Nothing of it is kept.";
  const HERE = "Use “Ask again” to send it once more; nothing else was lost.";
  const BEAT_MS = 700;
  const turns = []; // { text, state, answer, said, turn }
  let id = ""; // the conversation's, once it has one
  let under = null; // what aborts the question on its way
  let seen = 0; // how many questions are on screen
  let drawing = false;
  let beating = 0; // what makes the status's dot beat

  const box = () => find("#question textarea");

  // Gradio's conversation is drawn from what `messages` gives, whenever `draw` presses its hidden button.

  function messages() {
    drawing = false;
    return [turns.flatMap((turn, place) => [message("user", question(turn, place)), message("assistant", answer(turn))])];
  }
  const message = (role, html) => ({ role, content: [{ type: "text", text: html }], metadata: null, options: null });

  function draw() {
    if (drawing) return;
    drawing = true;
    coach.ready.then(() => find("#show").click()); // a quick hand asks before Gradio has put all of the page there
  }

  // A blank line would end the HTML for the conversation's own Markdown, and so would a question's markup.
  const flat = (element) => element.outerHTML.replace(/[\r\n\u2028\u2029]+/g, " ");

  function question(turn, place) {
    const asked = make("div", { class: "asked" });
    turn.text.trim().split(/\r\n|[\r\n\u2028\u2029]/).forEach((words, nth) => asked.append(...(nth ? [make("br")] : []), words));
    if (!turn.text) asked.append(make("em", { text: "A message that was not kept" }));
    const tools = make("div", { class: "tools" });
    if (turn.text && turn.state !== "waiting" && turn.state !== "partial") {
      tools.append(
        make("button", { type: "button", class: "edit", id: `edit-${place}`, text: "Edit" }),
        make("button", { type: "button", class: "again", id: `again-${place}`, text: "Ask again" }),
      );
    }
    return flat(make("div", { class: "question" }, asked, tools));
  }

  function answer(turn) {
    const told = turn.answer || "";
    if (turn.state === "waiting") return flat(make("div", { class: "status", text: turn.said }));
    if (turn.state === "partial") return `<div class="live">${told}${flat(make("p", { class: "status", text: "Checking what comes next …" }))}</div>`;
    if (turn.state === "stopped") return told + flat(make("div", { class: "turn stopped" }, make("p", { text: told ? STOPPED : STOPPED_BEFORE })));
    if (turn.state === "failed") {
      const failed = make("div", { class: "turn failure" }, make("p", { text: turn.said }), make("p", { class: "note", text: turn.back ? BACK : HERE }));
      return told + flat(failed);
    }
    return told;
  }

  /** A question from the box; returns, as the one output, what stays in it. */
  function send(text) {
    if (under || !text.trim()) return [text];
    ask(text);
    return [""];
  }

  async function ask(text) {
    if (under) return;
    const turn = { text, state: "waiting", said: "Reading your question …", answer: "" };
    if (["failed", "stopped"].includes(turns.at(-1)?.state) && turns.at(-1).text === text) turns.pop();
    turns.push(turn);
    const aborting = new AbortController();
    working(aborting);
    try {
      const body = { question: text.slice(0, LONGEST), conversation: id || null, profile: coach.profile() };
      const asked = coach.call("/page/ask", { ...coach.sending(body), signal: aborting.signal });
      draw(); // while the question is on its way
      const response = await asked;
      for await (const shown of lines(response)) take(turn, shown);
      if (turn.state === "waiting" || turn.state === "partial") fail(turn, LOST);
    } catch (error) {
      if (error.name === "AbortError") Object.assign(turn, { state: "stopped" });
      else if (turn.state !== "done") fail(turn, error.status || error.lost ? error.message : LOST);
    }
    if (under === aborting) working(null);
    if (turns.includes(turn)) draw();
  }

  /** Each line that arrives, parsed; of those that arrive together the last of their kind stands for all. */
  async function* lines(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const whole = (rest + value).split("\n");
      rest = whole.pop();
      if (whole.length) yield JSON.parse(whole.at(-1));
    }
  }

  function take(turn, shown) {
    if (!turns.includes(turn)) return;
    if (shown.state === "failed") return fail(turn, shown.said);
    if (shown.state === "waiting" && turn.state === "waiting" && shown.said === turn.said) return; // it stands there already
    const before = turn.turn;
    Object.assign(turn, { state: shown.state, said: shown.said, turn: shown.turn || before });
    if (shown.answer) turn.answer = shown.answer;
    coach.sources.file(shown.cards, shown.state === "done" ? before : null);
    if (shown.state === "done") {
      if (shown.conversation) name(shown.conversation);
      coach.say(shown.said);
    }
    draw();
  }

  function fail(turn, said) {
    const field = box();
    const back = Boolean(field && !field.value.trim());
    Object.assign(turn, { state: "failed", said, back });
    if (back) write(turn.text);
    coach.say(said);
  }

  function stop() {
    under?.abort();
    box()?.focus();
  }

  function working(aborting) {
    under = aborting;
    const { classList } = document.documentElement;
    classList.toggle("asking", Boolean(aborting));
    // By steps: an animation draws sixty frames a second, and pages that wait are not to slow what they wait for.
    clearInterval(beating);
    classList.remove("beat");
    if (aborting) beating = setInterval(() => classList.toggle("beat"), BEAT_MS);
  }

  /** The address keeps the conversation's id, so that a reload finds it again; it is of use to its owner alone. */
  function name(conversation) {
    if (conversation !== id) history.replaceState(null, "", conversation ? `#c=${conversation}` : location.pathname + location.search);
    id = conversation;
    document.dispatchEvent(new CustomEvent("conversation", { detail: id }));
  }

  function write(text) {
    const field = box();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Forget the conversation on screen; it stays in the list. */
  function restart() {
    under?.abort();
    working(null);
    turns.length = seen = 0;
    coach.sources.clear();
    coach.ratings.clear();
    name("");
    draw();
    box()?.focus();
  }

  async function reopen(conversation) {
    restart();
    const turn = { text: "", state: "waiting", said: "Opening the conversation …" };
    turns.push(turn);
    draw();
    try {
      const stored = await coach.json("/page/conversation", coach.sending({ conversation, profile: coach.profile() }));
      if (!turns.includes(turn)) return;
      turns.length = 0;
      for (const shown of stored.turns) {
        turns.push({ ...shown });
        coach.sources.file(shown.cards);
      }
      coach.ratings.set(stored.ratings);
      name(conversation);
      seen = turns.length;
      coach.say(`The conversation is open, with ${turns.length} questions.`);
    } catch (error) {
      if (!turns.includes(turn)) return;
      turns.length = 0;
      if (error.status === 404) note("This conversation is not here any more, or it is somebody else's.");
      else if (error.lost) note(error.message);
      else note("This conversation could not be opened. Try again from the list.");
    }
    draw();
  }

  function note(text) {
    turns.push({ text: "", state: "note", answer: flat(make("div", { class: "turn failure" }, make("p", { text }))) });
    coach.say(text);
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("#conversation a.ask, #conversation .tools button, #new");
    if (!target) return;
    event.preventDefault();
    const turn = turns[Number(target.id.split("-")[1])];
    if (target.id === "new") restart();
    else if (target.classList.contains("ask")) ask(target.textContent);
    else if (target.classList.contains("again")) ask(turn.text);
    else {
      write(turn.text);
      box().focus();
    }
  });

  /** What Gradio leaves to be desired: names that read out markup, and a log that repeats a growing answer. */
  function tidy() {
    for (const [who, label] of [["user", "Your question"], ["bot", "The coach"]]) {
      for (const shown of all(`#conversation [data-testid="${who}"]`)) {
        if (shown.getAttribute("aria-label") !== label) shown.setAttribute("aria-label", label);
        if (!shown.hasAttribute("role")) shown.setAttribute("role", "group");
      }
    }
    for (const link of all("#conversation .cite:not([aria-label])")) link.setAttribute("aria-label", `Source ${link.textContent.slice(1, -1)}`);
    const log = find("#conversation [role=log]");
    const busy = String(Boolean(find("#conversation .status")));
    if (log && log.getAttribute("aria-busy") !== busy) log.setAttribute("aria-busy", busy);
    coach.ratings.mark();
  }

  new MutationObserver(() => {
    const questions = all("#conversation .asked");
    // A new question goes to the top, so that its answer is read from its beginning.
    if (questions.length > seen) questions.at(-1).scrollIntoView({ block: "start" });
    seen = questions.length;
    tidy();
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["aria-label"] });

  coach.ready.then(() => {
    const asked = location.hash.match(/^#c=([\w-]+)$/);
    if (asked) reopen(asked[1]);
  });
  addEventListener("hashchange", () => {
    const asked = location.hash.match(/^#c=([\w-]+)$/);
    if (asked && asked[1] !== id) reopen(asked[1]);
  });

  Object.assign(coach, { send, stop, messages, restart, reopen, write, conversation: () => id, turns: () => turns });
})();
