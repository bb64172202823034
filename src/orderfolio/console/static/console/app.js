"use strict";

// Every page works without this: times are then in UTC, and copying is done by hand.
(() => {
  const root = document.documentElement;
  const said = document.getElementById("said");

  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      // refused: the choice lasts as long as the page
    }
  };

  // Times: as the server wrote them, or in the viewer's zone with UTC on hover.
  const times = [...document.querySelectorAll("time[datetime]")];
  for (const time of times) time.dataset.utc = time.textContent;
  const pad = (number) => String(number).padStart(2, "0");
  const inZone = (text) => {
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) return null;
    const day = [String(at.getFullYear()).padStart(4, "0"), pad(at.getMonth() + 1), pad(at.getDate())];
    return `${day.join("-")} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
  };
  const showTimes = (zone) => {
    for (const time of times) {
      time.textContent = (zone === "local" && inZone(time.dateTime)) || time.dataset.utc;
    }
  };

  const switches = {
    times: {
      now: () => (kept("times") === "utc" ? "utc" : "local"),
      other: (value) => (value === "utc" ? "local" : "utc"),
      label: (next) => (next === "utc" ? "Times in UTC" : "Times in my zone"),
      apply: showTimes,
    },
    theme: {
      now: () =>
        root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
      other: (value) => (value === "dark" ? "light" : "dark"),
      label: (next) => (next === "dark" ? "Dark" : "Light"),
      apply: (value) => (root.dataset.theme = value),
    },
  };

  showTimes(switches.times.now());
  for (const button of document.querySelectorAll("[data-switch]")) {
    const name = button.dataset.switch;
    const what = switches[name];
    let value = what.now();
    const draw = () => (button.textContent = what.label(what.other(value)));
    button.addEventListener("click", () => {
      value = what.other(value);
      keep(name, value);
      what.apply(value);
      draw();
    });
    draw();
  }
  for (const group of document.querySelectorAll("[data-switches]")) group.hidden = false;

  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(button.dataset.copy);
        } catch {
          said.textContent = "The browser did not let it be copied.";
          return;
        }
        said.textContent = "Copied.";
        button.classList.add("done");
        setTimeout(() => button.classList.remove("done"), 1500);
      });
    }
  }
})();
