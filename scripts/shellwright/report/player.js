"use strict";
// Replays a trajectory from the elements of its turns. What they hold stays text: it is read with
// textContent and shown with textContent.
const LINES = 400;
const READING = 1400;
const TICK = 30;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function element(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  return made;
}
function textOf(parent, selector) {
  const found = parent.querySelector(selector);
  return found ? found.textContent : "";
}
// New output begins with the last line that was known, the prompt.
function follow(screen, output) {
  const lines = screen.split("\n"), fresh = output.replace(/^\n+/, "");
  if (fresh.startsWith(lines[lines.length - 1].trimEnd())) lines.pop();
  return [...lines, ...fresh.split("\n")].slice(-LINES).join("\n");
}
function states(turns) {
  const made = [{ said: [], keys: "", screen: "" }];
  for (const child of turns.children) {
    const last = made[made.length - 1];
    if (child.classList.contains("turn")) {
      const said = [...child.querySelectorAll(".think, .said, .done")].map((part) => {
        const name = textOf(part, "b");
        return [name, part.textContent.slice(name.length)];
      });
      if (!child.querySelector(".said")) said.push(["", textOf(child, "pre")]);
      made.push({ said, keys: textOf(child, "pre.keys"), screen: last.screen });
    } else if (child.querySelector("pre.new")) {
      last.screen = follow(last.screen, textOf(child, "pre.new"));
    } else if (child.querySelector("pre.whole")) {
      last.screen = textOf(child, "pre.whole");
    }
  }
  return made;
}
function player(place, turns) {
  const all = states(turns), end = all.length - 1;
  const bar = element("div", "controls"), play = element("button", "play", "▶ Play");
  const back = element("button", "", "◀ Back"), step = element("button", "", "Step ▶");
  const slider = element("input"), at = element("span", "at"), speed = element("button", "", "1×");
  const said = element("div", "spoken"), terminal = element("pre", "terminal");
  let now = 0, timer = 0, pace = 1;
  slider.type = "range"; slider.min = 0; slider.max = end;
  slider.setAttribute("aria-label", "Turn");
  speed.title = "Speed"; said.setAttribute("aria-live", "polite"); terminal.tabIndex = 0;

  function speak(state) {
    const parts = state.said.length ? state.said : [["", "The terminal before the first turn."]];
    said.replaceChildren(...parts.map(([name, text]) => {
      const line = element("p");
      line.append(element("b", "", name), text);
      return line;
    }));
    said.scrollTop = 0;
  }
  function type(state, screen, count) {
    const lead = screen && !screen.endsWith("\n") ? screen + " " : screen;
    terminal.textContent = lead + state.keys.trimEnd().slice(0, count) + "▋";
    terminal.scrollTop = terminal.scrollHeight;
  }
  function show(turn) {
    now = turn; slider.value = turn;
    at.textContent = `turn ${turn} of ${end}`;
    back.disabled = turn === 0; step.disabled = turn === end;
    speak(all[turn]);
    terminal.textContent = all[turn].screen;
    terminal.scrollTop = terminal.scrollHeight;
  }
  function pause() {
    clearTimeout(timer); timer = 0;
    play.textContent = now === end ? "↺ Again" : "▶ Play";
  }
  function wait(time, then) { timer = setTimeout(then, time / pace); }
  function go() {
    if (now === end) return pause();
    const state = all[now + 1], screen = all[now].screen, length = state.keys.trimEnd().length;
    speak(state);
    at.textContent = `turn ${now + 1} of ${end}`; slider.value = now + 1;
    const finish = () => { show(now + 1); wait(READING, go); };
    const stride = Math.max(1, Math.ceil(length / 60));
    let count = 0;
    const typing = () => {
      count += stride; type(state, screen, count);
      if (count < length) wait(TICK, typing); else wait(300, finish);
    };
    return wait(READING, still || !length ? finish : typing);
  }
  play.onclick = () => {
    if (timer) { pause(); show(now); return; }
    if (now === end) show(0);
    play.textContent = "❚❚ Pause"; go();
  };
  back.onclick = () => { pause(); show(Math.max(now - 1, 0)); pause(); };
  step.onclick = () => { pause(); show(Math.min(now + 1, end)); pause(); };
  slider.oninput = () => { pause(); show(Number(slider.value)); pause(); };
  speed.onclick = () => { pace = pace === 4 ? 1 : pace * 2; speed.textContent = `${pace}×`; };
  bar.append(play, back, step, slider, at, speed);
  place.append(element("h3", "", "Replay"), bar, said, terminal);
  show(0);
  return pause;
}
document.querySelectorAll("details.task").forEach((task) => {
  const turns = task.querySelector(".turns");
  let pause = null;
  function toggled() {
    if (!task.open) {
      if (pause) pause();
    } else if (!pause && turns.querySelector(".turn")) {
      pause = player(task.querySelector(".player"), turns);
    }
  }
  task.addEventListener("toggle", toggled);
  toggled();
});
