// Asks for the moving part of the page again while something moves, and now and then while nothing does.
// Without it the page is whole: it is then as old as its last loading.
"use strict";
const moving = document.getElementById("moving");
const SOON_MS = 700, LATER_MS = 5000;

let last = "";

function show(html) {
  // Nothing is pulled from under somebody's keyboard or selection.
  if (html === last || moving.contains(document.activeElement) || !document.getSelection().isCollapsed) return;
  const open = Array.from(moving.querySelectorAll("details"), (one) => one.open);
  moving.innerHTML = html; // made and escaped by our own server
  moving.querySelectorAll("details").forEach((one, at) => { one.open = open[at] || false; });
  last = html;
}

async function ask() {
  let moves = false;
  try {
    const answer = await fetch(moving.dataset.standing, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const told = await answer.json();
      moves = told.moves;
      show(told.shown);
    }
  } catch {
    // The harness has ended, or is busy: asked again later.
  }
  setTimeout(ask, moves && !document.hidden ? SOON_MS : LATER_MS);
}

setTimeout(ask, moving.dataset.moves === "yes" ? SOON_MS : LATER_MS);
