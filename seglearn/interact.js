// The browser's half of interact.py: it builds native controls, shows frames, and reports the mouse in data coordinates.

const make = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};
const svg = (tag, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

function render({ model, el }) {
  const own = `seglearn-${Math.random().toString(36).slice(2)}`;  // each figure has this module for itself: no counter
  const buttons = model.get("buttons");
  const listeners = [];
  const on = (event, act) => { model.on(event, act); listeners.push([event, act]); };

  // What the reader sees, from top to bottom.
  const caption = make("div", { className: "caption" });
  const image = make("img", { draggable: false });
  const ink = svg("svg", {});
  const view = make("div", { className: `view ${model.get("gesture")}` }, image, ink, make("span", { className: "busy", textContent: buttons.busy }));
  const numbers = make("div", { className: "numbers", ariaLive: "polite" });
  const notice = make("div", { className: "notice", role: "status" });
  const error = make("div", { className: "error", role: "alert" });
  const controls = make("div", { className: "controls" });
  const presets = make("div", { className: "row presets" });
  const call = make("code", { tabIndex: 0, ariaLabel: buttons.call });
  const copy = make("button", { type: "button", textContent: buttons.copy });
  const calling = make("div", { className: "call", hidden: true }, call, copy);
  const root = make("div", { className: "seglearn" }, caption, view, numbers, notice, error, controls, presets, calling);
  root.dataset.lmSuppressShortcuts = "true";  // keys that reach JupyterLab are taken from the sliders
  root.addEventListener("keydown", event => event.stopPropagation());
  el.append(root);

  // A request goes out, a frame comes back: `drawn` counts them, whatever the frame looks like. One is under way at a
  // time; what the sliders say meanwhile goes out together when it is back.
  let waiting = false, arrived = [], later = null, silence = 0;
  const done = () => { waiting = false; clearTimeout(silence); view.classList.remove("waiting"); };
  const ask = send => {
    waiting = true;
    view.classList.add("waiting");
    clearTimeout(silence);
    silence = setTimeout(() => { done(); error.textContent = buttons.silent; }, 60_000);
    send();
  };
  const send = (message, buffers) => ask(() => model.send(message, undefined, buffers));
  const askFor = changes => {
    if (waiting) later = { ...later, ...changes };
    else send({ kind: "set", values: changes });
  };
  const frame = () => new Promise(resolve => arrived.push(resolve));

  let url = null;
  const showPicture = () => {
    const next = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/jpeg" }));
    const before = url;
    image.onload = () => before && URL.revokeObjectURL(before);
    image.src = url = next;
    fit();
  };
  // In the page a picture has the size that it was drawn for; presented, the largest that the screen has room for.
  const presented = () => document.fullscreenElement === root;
  const fit = () => {
    const [width, height] = model.get("size");
    let scale = 1;
    if (presented()) {
      const others = [...root.children].filter(part => part !== view).reduce((sum, part) => sum + part.offsetHeight, 60);
      scale = Math.min((root.clientWidth - 40) / width, (root.clientHeight - others) / height);
    }
    image.style.width = `${Math.round(width * scale)}px`;
  };
  // A frame at rest is drawn once more, with all the pixels that the screen has for it.
  let rest = 0;
  const sharpen = () => {
    clearTimeout(rest);
    const wanted = Math.min(3, (window.devicePixelRatio || 1) * (image.offsetWidth || 1) / model.get("size")[0]);
    if (wanted < 1.1 || model.get("ratio") > 0.95 * wanted) return;
    rest = setTimeout(() => { if (!waiting && root.isConnected) send({ kind: "sharpen", ratio: wanted }); }, 300);
  };
  const present = () => (presented() ? document.exitFullscreen() : root.requestFullscreen?.());
  const onFullscreen = () => {
    root.classList.toggle("presented", presented());
    fit();
    sharpen();
    if (presented()) (controls.querySelector(".step input") || controls.querySelector("input, select"))?.focus();
  };
  document.addEventListener("fullscreenchange", onFullscreen);
  window.addEventListener("resize", fit);
  const showTexts = () => {
    const texts = model.get("texts");
    image.alt = texts.alt;
    numbers.textContent = texts.numbers;
    call.textContent = texts.call;
    notice.textContent = texts.notice;
    error.textContent = texts.error;
    caption.replaceChildren(make("span", { className: "number", textContent: texts.number }), texts.title);
  };

  // Controls. Each has `show`, which takes over what the kernel says.
  let shows = [];
  const stopPlaying = { now: () => {} };
  const decimals = step => (String(step).split(".")[1] || "").length;
  const buildControl = control => {
    const id = `${own}-${control.name}`;
    const label = make("label", { htmlFor: id, title: control.words }, make("code", { textContent: control.name }));
    if (control.words) label.append(make("span", { textContent: control.words }));
    const box = make("div", { className: `control ${control.kind}` }, label);
    const value = () => model.get("values")[control.name];
    shows.push(() => box.classList.toggle("idle", model.get("idle").includes(control.name)));  // pale, yet it can be set
    if (control.kind === "range" || control.kind === "step") {
      const input = make("input", { type: "range", id, min: control.low, step: control.step });
      const output = make("output", { htmlFor: id });
      const write = () => { output.textContent = Number(input.value).toFixed(decimals(control.step)); };
      input.addEventListener("input", () => { write(); askFor({ [control.name]: Number(input.value) }); });
      shows.push(() => {
        input.max = control.kind === "step" ? model.get("last") : control.high;
        input.value = value();
        write();
      });
      box.append(input, output);
      if (control.kind === "step") box.append(playButton(control.name));
    } else if (control.kind === "strokes") {
      const button = (text, keep) => {
        const made = make("button", { type: "button", textContent: text });
        made.addEventListener("click", () => askFor({ [control.name]: value().slice(0, keep) }));
        return made;
      };
      const undo = button(`↶ ${buttons.undo}`, -1), clear = button(buttons.clear, 0);
      shows.push(() => { undo.disabled = clear.disabled = !value().length; });
      box.append(make("span", {}, undo, " ", clear));
    } else {
      const select = make("select", { id });
      for (const option of control.options) select.append(make("option", { value: String(option.value), textContent: option.label }));
      select.addEventListener("change", () => askFor({ [control.name]: control.options[select.selectedIndex].value }));
      shows.push(() => { select.value = String(value()); });
      box.append(select);
      if (control.kind === "photo") box.append(...uploadButton());
    }
    return box;
  };
  const playButton = name => {
    const button = make("button", { type: "button", className: "play" });
    let playing = false;
    const label = () => { button.textContent = playing ? `❚❚ ${buttons.pause}` : `▶ ${buttons.play}`; };
    stopPlaying.now = () => { playing = false; label(); };
    button.addEventListener("click", async () => {
      playing = !playing;
      label();
      if (playing && model.get("values")[name] >= model.get("last")) { askFor({ [name]: 0 }); await frame(); }
      while (playing && root.isConnected && model.get("values")[name] < model.get("last")) {
        const pause = new Promise(resolve => setTimeout(resolve, model.get("last") > 40 ? 80 : 350));
        const next = frame();
        askFor({ [name]: model.get("values")[name] + 1 });
        await Promise.all([next, pause]);
      }
      stopPlaying.now();
    });
    label();
    return button;
  };
  const uploadButton = () => {
    const file = make("input", { type: "file", accept: "image/*", hidden: true });
    const button = make("button", { type: "button", textContent: buttons.upload });
    button.addEventListener("click", () => file.click());
    file.addEventListener("change", async () => {
      const data = await file.files[0].arrayBuffer();
      const size = 4_000_000, parts = Math.max(1, Math.ceil(data.byteLength / size));
      for (let part = 0; part < parts; part++)
        send({ kind: "upload", name: file.files[0].name, part, parts }, [data.slice(part * size, (part + 1) * size)]);
      file.value = "";
    });
    return [button, file];
  };
  const showControls = () => shows.forEach(show => show());
  const buildControls = () => {
    shows = [];
    controls.replaceChildren(...model.get("controls").map(buildControl));
    showControls();
  };

  const buildPresets = () => {
    const names = model.get("presets");
    if (names.length) presets.append(make("span", { className: "name", textContent: buttons.presets }));
    names.forEach((name, preset) => {
      const button = make("button", { type: "button", textContent: name });
      button.addEventListener("click", () => { stopPlaying.now(); send({ kind: "preset", preset }); });
      presets.append(button);
    });
    const reset = make("button", { type: "button", textContent: `↺ ${buttons.reset}` });
    reset.addEventListener("click", () => { stopPlaying.now(); send({ kind: "reset" }); });
    presets.append(reset, make("span", { className: "space" }));
    const code = make("button", { type: "button", textContent: "⟨⟩", title: buttons.call, ariaLabel: buttons.call, ariaExpanded: "false" });
    code.className = "code";
    code.addEventListener("click", () => {
      calling.hidden = !calling.hidden;
      code.ariaExpanded = String(!calling.hidden);
      fit();
    });
    const full = make("button", { type: "button", className: "present", textContent: buttons.present });
    full.addEventListener("click", present);
    presets.append(code, full);
  };
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(call.textContent);
    } catch {                                   // no permission: leave the text selected for the reader's own copy
      getSelection().selectAllChildren(call);
    }
    copy.textContent = buttons.copied;
    setTimeout(() => { copy.textContent = buttons.copy; }, 1200);
  });

  // The mouse: a click or a drag over a panel, in data coordinates of that panel.
  const inData = (event, panel) => {
    const [left, top, right, bottom] = panel.box, [x0, x1, y0, y1] = panel.limits;
    const area = image.getBoundingClientRect();
    const across = ((event.clientX - area.left) / area.width - left) / (right - left);
    const down = ((event.clientY - area.top) / area.height - top) / (bottom - top);
    const inside = across >= 0 && across <= 1 && down >= 0 && down <= 1;
    return { inside, at: [x0 + across * (x1 - x0), y1 + down * (y0 - y1)] };
  };
  // A figure with several brushes may have a rectangle among them.
  const gesture = () => Object.values(model.get("values")).includes("rectangle") ? "rectangle" : model.get("gesture");
  const drawInk = points => {
    ink.replaceChildren();
    if (gesture() === "point" || points.length < 2) return;
    const [first, last] = [points[0], points.at(-1)];
    const corners = gesture() === "rectangle"
      ? [first, [last[0], first[1]], last, [first[0], last[1]], first] : points;
    for (const name of ["halo", "line"]) ink.append(svg("polyline", { class: name, points: corners.join(" ") }));
  };
  let panel = -1, path = [], pixels = [];
  const follow = event => {
    const found = inData(event, model.get("panels")[panel]);
    if (!found.inside) return;
    const area = image.getBoundingClientRect();
    path.push(found.at);
    pixels.push([event.clientX - area.left, event.clientY - area.top]);
    drawInk(pixels);
  };
  view.addEventListener("pointerdown", event => {
    if (!model.get("gesture") || event.button !== 0) return;
    panel = model.get("panels").findIndex(p => inData(event, p).inside);
    if (panel < 0) return;
    event.preventDefault();
    stopPlaying.now();
    view.setPointerCapture(event.pointerId);
    [path, pixels] = [[], []];
    follow(event);
  });
  view.addEventListener("pointermove", event => {
    if (panel < 0) return;
    follow(event);
    if (model.get("gesture") === "point" && !waiting) send({ kind: "draw", panel, path: path.slice(-1) });
  });
  const release = () => {
    if (panel >= 0 && path.length) send({ kind: "draw", panel, path });
    panel = -1;
    ink.replaceChildren();
  };
  view.addEventListener("pointerup", release);
  view.addEventListener("pointercancel", () => { panel = -1; ink.replaceChildren(); });

  // The keyboard does what the mouse does: arrows move a pen over the first panel (with Shift by a pixel), Enter puts
  // it down and lifts it.
  const pen = { across: 0.5, down: 0.5, drawing: false };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const penAt = () => {
    const { box: [left, top, right, bottom], limits: [x0, x1, y0, y1] } = model.get("panels")[0];
    const area = image.getBoundingClientRect();
    return {
      at: [x0 + pen.across * (x1 - x0), y1 + pen.down * (y0 - y1)],
      pixel: [(left + pen.across * (right - left)) * area.width, (top + pen.down * (bottom - top)) * area.height],
      size: [(right - left) * area.width, (bottom - top) * area.height],
    };
  };
  const showPen = () => {
    drawInk(pen.drawing ? pixels : []);
    const [cx, cy] = penAt().pixel;
    for (const name of ["halo", "line"]) ink.append(svg("circle", { class: name, cx, cy, r: pen.drawing ? 4 : 8 }));
  };
  if (model.get("gesture")) {
    view.tabIndex = 0;
    view.addEventListener("focus", () => { if (view.matches(":focus-visible")) showPen(); });
    view.addEventListener("blur", () => { pen.drawing = false; ink.replaceChildren(); });
    view.addEventListener("keydown", event => {
      const arrow = ARROWS[event.key];
      if (!arrow && event.key !== "Enter") return;
      event.preventDefault();
      if (arrow) {
        const { size } = penAt(), far = event.shiftKey ? 1 : 8;
        pen.across = Math.min(1, Math.max(0, pen.across + arrow[0] * far / size[0]));
        pen.down = Math.min(1, Math.max(0, pen.down + arrow[1] * far / size[1]));
      } else if (!pen.drawing) {
        [path, pixels] = [[], []];
        stopPlaying.now();
        pen.drawing = gesture() !== "point";
        if (!pen.drawing) send({ kind: "draw", panel: 0, path: [penAt().at] });
      } else {
        pen.drawing = false;
        send({ kind: "draw", panel: 0, path });
      }
      if (pen.drawing) { path.push(penAt().at); pixels.push(penAt().pixel); }
      showPen();
    });
  }

  on("change:drawn", () => {
    done();
    showTexts();
    if (later) {
      const changes = later;
      later = null;
      askFor(changes);
    } else {
      showControls();
      sharpen();
    }
    const resolve = arrived;
    arrived = [];
    resolve.forEach(done => done());
  });
  on("change:picture", showPicture);  // and texts: of a draft, while the answer is still to come
  on("change:texts", showTexts);
  on("change:controls", buildControls);
  showPicture();
  showTexts();
  buildControls();
  buildPresets();
  sharpen();

  return () => {
    stopPlaying.now();
    clearTimeout(silence);
    clearTimeout(rest);
    document.removeEventListener("fullscreenchange", onFullscreen);
    window.removeEventListener("resize", fit);
    listeners.forEach(([event, act]) => model.off(event, act));
    if (url) URL.revokeObjectURL(url);
  };
}

export default { render };
