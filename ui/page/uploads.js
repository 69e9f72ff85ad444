// The library's "Add research": uploads, the progress of a job, and one's own sources.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const POLL_MS = 700;
  const FLAGS = {
    "instructions": "This document holds sentences that give orders to a machine. They are treated as text and are not quoted.",
    "hidden-text": "This document holds text that a reader does not see. It was left out.",
  };
  const WORDS = {
    waiting: "waiting", read: "read", added: "added", replaced: "took the place of the one before", unchanged: "was here already",
    duplicate: "not added", skipped: "not added", failed: "not added",
  };
  const find = (selector) => document.querySelector(`#own ${selector}`);

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  async function call(path, options) {
    const response = await coach.call(path, options);
    return response.status === 204 ? null : response.json();
  }

  const say = (text) => { find(".progress").textContent = text; };

  function left(seconds) {
    if (seconds === null) return "";
    return seconds < 90 ? `, about ${Math.ceil(seconds)} s left` : `, about ${Math.ceil(seconds / 60)} min left`;
  }

  function outcomes(job) {
    find(".outcomes").replaceChildren(...job.files.filter((file) => file.status !== "waiting").map((file) => {
      const item = element("li", `${file.name}: ${WORDS[file.status]}`, file.status);
      if (file.reason) item.append(element("p", file.reason, "note"));
      return item;
    }));
  }

  async function follow(id) {
    for (;;) {
      const job = await call(`/v1/jobs/${id}`);
      outcomes(job);
      if (job.state === "done") return say("Done.");
      if (job.state === "failed") return say(job.reason);
      say(`Reading: ${job.done} of ${job.total} files${left(job.seconds_left)}.`);
      await new Promise((go) => setTimeout(go, POLL_MS));
    }
  }

  async function send(form) {
    const input = find("input");
    const button = find(".act");
    if (!input.files.length) return say("Choose at least one file first.");
    const body = new FormData();
    for (const file of input.files) body.append("files", file);
    button.disabled = true;
    find(".outcomes").replaceChildren();
    say("Sending …");
    try {
      const job = await call("/v1/sources", { method: "POST", body });
      form.reset();
      await follow(job.id);
    } catch (error) {
      say(error.message);
    } finally {
      button.disabled = false;
    }
    await list();
  }

  async function list() {
    try {
      const own = (await coach.listed("/v1/sources", "sources")).filter((source) => !source.founding);
      find("ul.own").replaceChildren(...own.map(entry));
      if (!own.length) find("ul.own").append(element("li", "None of your own yet.", "note"));
    } catch (error) {
      say(error.message);
    }
  }

  function entry(source) {
    const item = element("li");
    item.append(element("p", source.title, "title"));
    for (const flag of source.flags) item.append(element("p", FLAGS[flag] || flag, "flag"));
    if (source.machine_made) item.append(element("p", `${source.machine_made} machine-made findings and questions help to find it. Nobody has reviewed them.`, "note"));
    const row = element("p", "", "row");
    const remove = element("button", "Delete");
    remove.type = "button";
    remove.setAttribute("aria-label", `Delete ${source.title}`);
    remove.addEventListener("click", () => {
      const yes = element("button", "Yes, delete it everywhere");
      const no = element("button", "Keep it");
      yes.type = no.type = "button";
      yes.addEventListener("click", async () => {
        yes.disabled = no.disabled = true;
        try {
          await call(`/v1/sources/${encodeURIComponent(source.id)}`, { method: "DELETE" });
          say(`Deleted: ${source.title}`);
        } catch (error) {
          say(error.message);
        }
        await list();
        find("input").focus();
      });
      no.addEventListener("click", () => { row.replaceChildren(remove); remove.focus(); });
      row.replaceChildren(yes, no);
      no.focus();
    });
    row.append(remove);
    item.append(row);
    return item;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("#own form");
    if (!form) return;
    event.preventDefault();
    send(form);
  });
  coach.listOwn = list;
})();
