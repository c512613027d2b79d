// The citizen's page. What is written stays on this phone until the server has answered that it is kept.
"use strict";
(() => {
  if (window.operamini) return; // its script runs far away and sleeps at once: the plain form serves better
  const body = document.body, data = body.dataset, base = "/in-web/" + data.account;
  const find = (id) => document.getElementById(id);
  const log = find("log"), form = find("form"), text = find("text"), quick = find("quick"), alarm = find("alarm");
  const OUT = "sigap." + data.account + ".out.", PHOTO = "sigap." + data.account + ".photo.";
  const DRAFT = "sigap." + data.account + ".draft", TOKEN = "sigap.token";
  const LATE = 10000; // ms without a word from the server until the page says so
  const wording = {};
  for (const one of Array.from(document.querySelectorAll("[data-w]"))) wording[one.dataset.w] = one.textContent;

  // ---- what the phone keeps; in memory where the browser keeps nothing

  const store = (() => {
    try {
      localStorage.setItem("sigap", "1");
      return localStorage;
    } catch (_) {
      const kept = {};
      return {
        getItem: (key) => (key in kept ? kept[key] : null),
        setItem: (key, value) => (kept[key] = value),
        removeItem: (key) => delete kept[key],
      };
    }
  })();
  const keep = (key, value) => {
    try {
      store.setItem(key, value);
      return true;
    } catch (_) {
      return false; // full: it stays in memory, and the browser asks before the page is left
    }
  };

  // ---- the line to the server

  let token = data.token || store.getItem(TOKEN) || "";
  let heardAt = Date.now(), failing = false;

  // Resolves with {status, answer, header}; status 0 is no connection. Never rejects.
  function call(method, path, how) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      let aborted = false;
      request.open(method, path);
      request.timeout = how.seconds * 1000;
      if (token) request.setRequestHeader("X-Sigap-Chat", token);
      if (how.type) request.setRequestHeader("Content-Type", how.type);
      if (how.progress) request.upload.onprogress = how.progress;
      request.onabort = () => (aborted = true);
      request.onloadend = () => {
        let answer = null;
        try {
          answer = JSON.parse(request.responseText);
        } catch (_) { /* a body that is not ours proves nothing */ }
        failing = !aborted && (!request.status || request.status >= 500);
        if (request.status && !failing) heardAt = Date.now();
        resolve({ status: request.status, answer, header: (name) => request.getResponseHeader(name) });
      };
      if (how.hold) how.hold(request);
      request.send(how.body || null);
    });
  }

  function introduce() {
    if (token) return Promise.resolve(true);
    return call("POST", base + "/start", { seconds: 15 }).then((got) => {
      if (!got.answer || !got.answer.token) return false;
      token = got.answer.token;
      keep(TOKEN, token);
      return true;
    });
  }

  // ---- sending: words in their order, photos beside them, so that no photo holds up a word

  const lanes = { words: { waiting: [], failures: 0 }, photos: { waiting: [], failures: 0 } };
  const laneOf = (one) => (one.type === "photo" ? lanes.photos : lanes.words);

  function write(message) {
    const one = Object.assign({ id: fresh(), n: Date.now() }, message);
    one.unkept = !persist(one);
    enqueue(one);
    offer([]);
    wanted(false);
    down();
  }

  function persist(one) {
    if (one.blob && !one.ref && !one.url) return false;
    const plain = Object.assign({}, one, { blob: undefined, url: undefined, line: undefined, since: undefined, stop: undefined });
    return (!one.url || keep(PHOTO + one.id, one.url)) && keep(OUT + one.id, JSON.stringify(plain));
  }

  function enqueue(one) {
    one.line = show({ from: "own", kind: one.type, text: one.title || one.text || "", accuracy: one.accuracy, key: one.id });
    one.line.classList.add("waits");
    if (one.blob) picture(one.line, one.blob);
    mark(one, wording.sending);
    laneOf(one).waiting.push(one);
    pump(laneOf(one));
  }

  function pump(lane) {
    const now = Date.now();
    const one = lane.waiting.find((each) => !(each.notBefore > now));
    clearTimeout(lane.timer);
    if (!lane.waiting.length || lane.busy) return;
    if (!one) {
      lane.timer = setTimeout(() => pump(lane), 500);
      return;
    }
    lane.busy = true;
    one.since = one.since || now;
    mark(one, wording.sending);
    introduce().then((known) => (known ? deliver(one) : {})).then((outcome) => {
      lane.busy = false;
      if (outcome.kept) settle(one);
      if (outcome.refused) refuse(one);
      if (outcome.kept || outcome.refused) lane.failures = 0;
      else mark(one, wording.again);
      if (outcome.wait) one.notBefore = Date.now() + outcome.wait * 1000;
      const done = outcome.kept || outcome.refused || outcome.wait || outcome.now;
      const pause = done ? 0 : Math.min(10, 1 + lane.failures++);
      lane.timer = setTimeout(() => pump(lane), pause * 1000);
    });
  }

  function deliver(one) {
    if (one.blob && !one.ref) return upload(one);
    const message = { id: one.id, type: one.type, age: Math.max(0, Math.round((Date.now() - one.n) / 1000)) };
    for (const name of ["text", "title", "data", "lat", "lon", "accuracy"]) if (name in one) message[name] = one[name];
    if (one.ref) message.photo = one.ref;
    const how = { seconds: 20, type: "application/json", body: JSON.stringify(message) };
    return call("POST", base + "/messages", how).then((got) => {
      // Only the server knows this id: the page of a hotel's network must not pass for an answer.
      if (got.status === 200 && got.header("X-Sigap-Kept") === one.id) return { kept: true };
      if (got.status === 401) forgetToken();
      if (got.status === 409) one.ref = undefined; // the photo is gone from the server: upload it again
      // What the server itself turns down waits by itself: the next may be let through, such as a cry for help.
      return { wait: got.status && got.status !== 401 ? Number(got.header("Retry-After")) || 5 : 0 };
    });
  }

  function upload(one) {
    let moved = Date.now();
    const progress = (sent) => {
      one.since = moved = Date.now(); // it moves: no alarm
      if (sent.total) mark(one, wording.sending + " " + Math.round((100 * sent.loaded) / sent.total) + "%");
    };
    const hold = (request) => (one.stop = () => Date.now() - moved > 4 * LATE && request.abort());
    const how = { seconds: 600, type: "image/jpeg", body: one.blob, progress, hold };
    return call("POST", base + "/photo", how).then((got) => {
      if (got.status === 200 && got.answer && got.answer.photo) {
        one.ref = got.answer.photo;
        persist(one);
        return { now: true };
      }
      if (got.status === 401) forgetToken();
      return {
        refused: got.status === 413 || got.status === 415 || got.status === 507,
        wait: got.status && got.status !== 401 ? Number(got.header("Retry-After")) || 5 : 0,
      };
    });
  }

  function settle(one) {
    drop(one);
    one.line.classList.remove("waits");
    mark(one, wording.sent);
    setTimeout(poll, 0);
  }

  function refuse(one) {
    drop(one);
    one.line.remove();
    hint(wording.refused);
  }

  function drop(one) {
    const lane = laneOf(one);
    lane.waiting = lane.waiting.filter((each) => each.id !== one.id);
    store.removeItem(OUT + one.id);
    store.removeItem(PHOTO + one.id);
  }

  function forgetToken() {
    token = "";
    store.removeItem(TOKEN);
  }

  // ---- the conversation

  const have = [];
  const mark = (one, words) => (one.line.querySelector(".state").textContent = words);

  function element(name, className, words) {
    const one = document.createElement(name);
    one.className = className;
    one.textContent = words;
    return one;
  }

  function show(line) {
    const one = element("article", "line " + line.from, "");
    const words = line.kind === "location" || line.kind === "photo" ? wording[line.kind] : line.text;
    const rough = line.accuracy > 0 ? " (± " + Math.round(line.accuracy) + " m)" : "";
    const note = element("p", "note", "");
    note.appendChild(element("time", "", line.at ? clock(line.at) : ""));
    if (line.from === "own") note.append(" ", element("span", "state", line.at ? wording.sent : ""));
    one.appendChild(element("p", "who", wording[line.from]));
    const start = line.from === "own" && words.length > 600 ? beginning(words) : words;
    one.appendChild(element("p", "words", start + rough));
    if (start !== words) {
      const rest = element("details", "words", "");
      rest.append(element("summary", "", wording.more), words.slice(start.length));
      one.appendChild(rest);
    }
    if (line.picture) {
      const link = element("a", "", wording.picture);
      link.href = base + "/picture/" + line.picture;
      link.target = "_blank";
      const shown = element("p", "words", "");
      shown.appendChild(link);
      one.appendChild(shown);
    }
    one.appendChild(note);
    one.dataset.key = line.key || "";
    // What still waits to be sent stays last.
    steadily(() => log.insertBefore(one, line.at ? log.querySelector(".waits") : null));
    find("shared").hidden = false;
    return one;
  }

  // What somebody wrote at length is folded; an instruction never is.
  const beginning = (words) => Array.from(words).slice(0, 400).join("").replace(/(\s)\S*$/, "$1");

  // The city's own time, whatever the phone's clock says.
  function clock(at) {
    const there = new Date(Date.parse(at) + data.offset * 60000).toISOString();
    return there.slice(11, 13) + "." + there.slice(14, 16);
  }

  function take(line) {
    have.push(line.id);
    const known = line.key && log.querySelector('[data-key="' + line.key.replace(/[^\w-]/g, "") + '"]');
    if (known) known.querySelector("time").textContent = clock(line.at);
    else show(line);
    for (const lane of [lanes.words, lanes.photos]) lane.waiting.filter((one) => one.id === line.key).forEach(settle);
    if (line.from === "own") return;
    offer(line.buttons || []);
    wanted(line.ask_location);
  }

  // Whoever reads the last line goes on reading it, whatever grows or shrinks.
  function steadily(change) {
    const near = window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 200;
    change();
    if (near) down();
  }

  function down() {
    window.scrollTo(0, document.documentElement.scrollHeight);
  }

  function offer(buttons) {
    quick.textContent = "";
    for (const one of buttons) {
      const button = element("button", "", one[1]);
      button.type = "button";
      button.onclick = () => {
        write({ type: "button", data: one[0], title: one[1] });
        log.focus({ preventScroll: true }); // the button is gone: whoever uses a keyboard stays where they were
      };
      quick.appendChild(button);
    }
    steadily(() => (quick.hidden = !buttons.length));
  }

  function wanted(asked) {
    find("place").classList.toggle("wanted", !!asked);
  }

  function become(mode) {
    const hush = mode === "silent" && body.className !== mode;
    body.className = mode;
    if (!hush) return;
    // What was said before may tell whom this person writes to.
    for (const one of Array.from(document.querySelectorAll(".intro, .call, .kept, .bot, .staff"))) one.remove();
    offer([]);
    document.title = document.querySelector("h1").textContent = wording.neutral;
    find("shared").open = true;
  }

  // ---- listening: one question at a time, held open by the server until there is something to tell

  let asking = null, askAgain = 0, listening = true, failures = 0;

  function poll() {
    if (asking || !token) return;
    clearTimeout(askAgain);
    const begun = Date.now();
    const how = { seconds: 40, hold: (request) => (asking = request) };
    call("GET", base + "/messages?wait=25&have=" + have.slice(-60).join(), how).then((got) => {
      const lines = got.answer && got.answer.messages;
      asking = null;
      if (got.status === 401) forgetToken();
      const fresh = (lines || []).filter((line) => have.indexOf(line.id) < 0);
      if (lines) become(got.answer.mode);
      fresh.forEach(take);
      failures = lines ? 0 : failures + 1;
      listening = !lines || got.answer.started;
      // A server that answers "nothing" at once does not want to be asked at once.
      const pause = failures ? Math.min(20, 2 * failures) : fresh.length || Date.now() - begun > 5000 ? 0 : 5;
      if (listening) askAgain = setTimeout(poll, pause * 1000);
    });
  }

  function wake() {
    if (asking) asking.abort(); // the phone slept or changed its network: this line may be dead
    for (const lane of [lanes.words, lanes.photos]) lane.waiting.length && pump(lane);
    setTimeout(poll, 0);
  }

  // ---- what is said when nothing goes through

  function watch() {
    const now = Date.now();
    const late = lanes.words.waiting.concat(lanes.photos.waiting).some((one) => one.since && now - one.since > LATE);
    const lost = navigator.onLine === false || (failing && now - heardAt > LATE);
    const mode = body.className ? "_" + body.className : "";
    lanes.photos.waiting.forEach((one) => one.stop && one.stop()); // a dead line: begin anew
    const words = late ? wording["unsent" + mode] : lost ? wording["offline" + mode] : "";
    const shown = alarm.querySelector("strong");
    if (shown.textContent !== words) shown.textContent = words;
    steadily(() => (alarm.hidden = !words));
  }

  function hint(words) {
    steadily(() => (find("hint").textContent = words));
  }

  // ---- position: the first good fix, or the best within some seconds

  function locate() {
    const denied = () => hint(wording.denied);
    if (!navigator.geolocation) return denied();
    let best = null, over = false;
    const finish = (words) => {
      if (over) return;
      over = true;
      navigator.geolocation.clearWatch(watching);
      hint(best ? "" : words);
      if (best) write({ type: "location", lat: best.latitude, lon: best.longitude, accuracy: Math.round(best.accuracy) });
    };
    const seen = (fix) => {
      if (!best || fix.coords.accuracy < best.accuracy) best = fix.coords;
      if (best.accuracy <= 50) finish("");
    };
    const failed = (fault) => finish(fault.code === 1 ? wording.denied : wording.nowhere);
    hint(wording.locating);
    const how = { enableHighAccuracy: true, maximumAge: 10000, timeout: 30000 };
    const watching = navigator.geolocation.watchPosition(seen, failed, how);
    setTimeout(() => best && finish(""), 8000);
    setTimeout(() => finish(wording.nowhere), 30000);
  }

  // ---- photos: small enough for a bad line where the browser can make them so

  function shrink(file) {
    return new Promise((resolve) => {
      const image = new Image();
      image.onerror = () => resolve(file);
      image.onload = () => {
        const scale = Math.min(1, 1280 / Math.max(image.naturalWidth, image.naturalHeight));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(image.naturalWidth * scale);
        canvas.height = Math.round(image.naturalHeight * scale);
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        URL.revokeObjectURL(image.src);
        if (!canvas.toBlob) return resolve(file);
        canvas.toBlob((small) => resolve(small && small.size < file.size ? small : file), "image/jpeg", 0.7);
      };
      image.src = URL.createObjectURL(file);
    });
  }

  function send(file) {
    hint("");
    shrink(file).then((blob) => {
      const reader = new FileReader();
      reader.onloadend = () => write({ type: "photo", blob, url: reader.result || undefined });
      reader.readAsDataURL(blob);
    });
  }

  function picture(line, blob) {
    const image = document.createElement("img");
    image.alt = wording.photo;
    image.src = URL.createObjectURL(blob);
    line.querySelector(".words").replaceWith(image);
  }

  function fromUrl(url) {
    const bytes = Uint8Array.from(atob(url.split(",")[1]), (one) => one.charCodeAt(0));
    return new Blob([bytes], { type: "image/jpeg" });
  }

  function fresh() {
    const chance = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(chance, (one) => ("0" + one.toString(16)).slice(-2)).join("");
  }

  // ---- begin

  function grow() {
    steadily(() => {
      text.style.height = "auto";
      text.style.height = text.scrollHeight + 4 + "px";
    });
  }

  function resume() {
    const kept = [];
    for (const key of Object.keys(store)) {
      if (key.indexOf(OUT) !== 0) continue;
      try {
        const one = JSON.parse(store.getItem(key));
        const url = store.getItem(PHOTO + one.id);
        if (url) one.blob = fromUrl(url);
        if (log.querySelector('[data-key="' + one.id + '"]')) drop(one);
        else kept.push(one);
      } catch (_) {
        store.removeItem(key); // not ours, or cut short
      }
    }
    kept.sort((one, other) => one.n - other.n).forEach(enqueue);
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (words) write({ type: "text", text: words });
    text.value = "";
    store.removeItem(DRAFT);
    hint("");
    grow();
    text.focus();
  };
  text.oninput = () => {
    keep(DRAFT, text.value);
    grow();
  };
  text.onkeydown = (event) => {
    const typing = event.shiftKey || event.isComposing || !window.matchMedia("(pointer: fine)").matches;
    if (event.key === "Enter" && !typing) {
      event.preventDefault();
      form.onsubmit(event);
    }
  };
  find("place").onclick = locate;
  find("photo").onchange = (event) => {
    for (const file of Array.from(event.target.files)) send(file);
    event.target.value = "";
  };
  let sure = false;
  find("forget").onsubmit = (event) => {
    const unsent = lanes.words.waiting.length + lanes.photos.waiting.length;
    const silent = body.className === "silent";
    if (!silent && !window.confirm(unsent ? wording.leaving_unsent : wording.leaving)) return event.preventDefault();
    if (silent) {
      // The browser's own question would name the site: a second tap answers in its place.
      event.preventDefault();
      event.target.querySelector("button").textContent = wording.surely;
      if (!sure) return (sure = true);
    }
    for (const key of Object.keys(store)) if (key.indexOf("sigap") === 0) store.removeItem(key);
    lanes.words.waiting = lanes.photos.waiting = [];
    if (!silent) return;
    log.textContent = text.value = "";
    offer([]);
    call("POST", base + "/forget", { seconds: 15 }).then((got) => {
      if (got.status === 200) location.replace(base + "/gone"); // nothing to go back to
      else hint(wording.still);
    });
  };
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  window.addEventListener("beforeunload", (event) => {
    if (lanes.photos.waiting.concat(lanes.words.waiting).some((one) => one.unkept)) event.returnValue = wording.leaving_unsent;
  });

  find("tools").hidden = false;
  find("end").hidden = true;
  if (!text.value) text.value = store.getItem(DRAFT) || "";
  grow();
  for (const line of Array.from(log.children)) have.push(line.dataset.id);
  const last = log.lastElementChild;
  if (last && last.dataset.buttons) offer(JSON.parse(last.dataset.buttons));
  wanted(last && "ask" in last.dataset);
  if (token) keep(TOKEN, token);
  if (have.length) down();
  resume();
  introduce().then(poll);
  setInterval(watch, 1000);
})();
