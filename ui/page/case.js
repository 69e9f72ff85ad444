// My case: who the mentee is. It is kept in this browser and goes to this service with each question.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, all } = coach;
  const CASE = "mentor-coach-case";

  const fields = () => all("#case select");

  function told() {
    const profile = coach.profile();
    const button = find("#open-case");
    if (!button) return;
    button.textContent = profile ? "My case: on" : "My case";
    button.classList.toggle("on", Boolean(profile));
    for (const field of fields()) field.value = profile?.[field.name] || "";
  }

  function keep(event) {
    event.preventDefault();
    const said = Object.fromEntries(fields().filter((field) => field.value).map((field) => [field.name, field.value]));
    coach.kept.set(CASE, Object.keys(said).length ? JSON.stringify(said) : null);
    told();
    find("#case").close();
    coach.say(Object.keys(said).length ? "From your next question on, your case is taken into account." : "No case is kept.");
  }

  function clear() {
    coach.kept.set(CASE, null);
    told();
    find("#case").close();
    coach.say("Your case is cleared.");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#open-case")) {
      told();
      coach.openDialog("case");
    }
    if (event.target.closest?.("#case .clear")) clear();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.closest?.("#case form")) keep(event);
    // Whoever comes to this browser next is somebody else.
    if (event.target.closest?.("#log-out")) coach.kept.set(CASE, null);
  });

  coach.profile = () => JSON.parse(coach.kept.get(CASE) || "null");
  coach.ready.then(told);
})();
