// Asks for the moving part of the page again while something moves, and now and then while nothing does.
// Without it the page is whole: it is then as old as its last loading.
"use strict";
const moving = document.getElementById("moving");
const SOON_MS = 700, LATER_MS = 5000;

function openDetails() {
  return Array.from(moving.querySelectorAll("details"), (one) => one.open);
}

function show(html) {
  const open = openDetails(), focused = document.activeElement;
  if (moving.contains(focused) && focused !== document.body) return; // nothing is pulled from under somebody's keyboard
  moving.innerHTML = html; // made and escaped by our own server
  moving.querySelectorAll("details").forEach((one, at) => { one.open = open[at] || false; });
}

async function ask() {
  let moves = false;
  try {
    const answer = await fetch(moving.dataset.standing, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const told = await answer.json();
      moves = told.moves;
      if (told.shown !== moving.dataset.last) {
        show(told.shown);
        moving.dataset.last = told.shown;
      }
    }
  } catch {
    // The harness has ended, or is busy: asked again later.
  }
  setTimeout(ask, moves && !document.hidden ? SOON_MS : LATER_MS);
}

setTimeout(ask, moving.dataset.moves === "yes" ? SOON_MS : LATER_MS);
