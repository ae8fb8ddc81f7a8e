// Makes the seat map pleasant; choosing and keeping places works without it.
(() => {
  const POLL_MS = 1500;
  const ZOOMS = [1, 1.5, 2.25, 3.4, 5];
  let map = null; // The form now on the page; htmx replaces it as a whole.
  let timer = null;
  let zoom = 0;
  let prices = {}; // By category, for the sum on show; the server has the last word.
  let money = null;

  const all = (selector) => [...map.querySelectorAll(selector)];
  const one = (selector) => map.querySelector(selector);
  const seatOf = (id) => one(`input.seat[value="${id}"]`);
  const nameOf = (seat) => seat.getAttribute("aria-label");
  const say = (template, value) => template.replace("%s", value);

  // --- the choice beside the map ---------------------------------------------------------------
  const chosenSeats = () => all("input.seat:checked:not(:disabled)");
  const chosenStanding = () => all(".standing__count").filter((input) => Number(input.value) > 0);
  const countChosen = () =>
    chosenSeats().length + chosenStanding().reduce((sum, input) => sum + Number(input.value), 0);

  const sumChosen = () =>
    chosenSeats().reduce((sum, seat) => sum + prices[seat.dataset.category], 0) +
    chosenStanding().reduce((sum, input) => sum + Number(input.value) * prices[input.dataset.category], 0);

  const addRow = (list, text, onRemove) => {
    const row = document.createElement("li");
    row.className = "row-item";
    const label = document.createElement("span");
    label.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet button--small";
    button.textContent = "×";
    button.setAttribute("aria-label", say(map.dataset.sayRemove, text));
    button.addEventListener("click", onRemove);
    row.append(label, button);
    list.append(row);
  };

  const showChoice = () => {
    const list = one("[data-choice-list]");
    list.replaceChildren();
    for (const seat of chosenSeats()) {
      addRow(list, nameOf(seat), () => {
        seat.checked = false;
        showChoice();
        seat.focus();
      });
    }
    for (const input of chosenStanding()) {
      addRow(list, `${input.dataset.name} × ${input.value}, ${input.dataset.price}`, () => {
        input.value = 0;
        showChoice();
        input.focus();
      });
    }
    const count = countChosen();
    one("[data-choice-total]").textContent = count ? money.format(sumChosen()) : "";
    one("[data-choice-empty]").hidden = count > 0;
    one("[data-choice-count]").textContent = count
      ? count === 1 ? map.dataset.sayOne : say(map.dataset.sayMany, count)
      : "";
    one("[data-choice-submit]").disabled = count === 0;
    one("[data-choice]").classList.toggle("choice--filled", count > 0);
  };

  const warn = (text) => {
    const note = one("[data-lost]");
    note.textContent = text;
    note.hidden = !text;
  };

  const onChange = (event) => {
    if (event.target.matches("[data-filter]")) return filter();
    const limit = Number(map.dataset.limit);
    if (countChosen() > limit) {
      if (event.target.matches("input.seat")) event.target.checked = false;
      else event.target.value = Math.max(0, Number(event.target.value) - (countChosen() - limit));
      warn(map.dataset.sayLimit);
    } else warn("");
    showChoice();
  };

  const filter = () => {
    const hidden = new Set(all("[data-filter]:not(:checked)").map((box) => box.dataset.filter));
    for (const seat of all("input.seat")) {
      seat.closest("foreignObject").classList.toggle("filtered", hidden.has(seat.dataset.category));
    }
  };

  // --- what others do --------------------------------------------------------------------------
  const applyChanges = (news) => {
    const lost = [];
    for (const id of news.taken) {
      const seat = seatOf(id);
      if (!seat || seat.disabled) continue;
      if (seat.checked) lost.push(nameOf(seat));
      seat.checked = false;
      seat.disabled = true;
    }
    for (const id of news.free) {
      const seat = seatOf(id);
      if (seat && !("mine" in seat.dataset)) {
        if (seat.disabled) seat.checked = false;
        seat.disabled = false;
      }
    }
    for (const [section, left] of Object.entries(news.standing)) {
      const label = one(`[data-left="${section}"]`);
      if (!label) continue;
      label.textContent = say(label.dataset.say, left);
      document.getElementById(`standing-${section}`).disabled = left === 0;
    }
    if (lost.length) {
      warn(say(map.dataset.sayLost, lost.join("; ")));
      showChoice();
    }
  };

  const loadAgain = () => {
    const chosen = new URLSearchParams(chosenSeats().map((seat) => ["seat", seat.value]));
    window.htmx.ajax("GET", `${map.dataset.map}?${chosen}`, { target: "#seat-map", swap: "outerHTML" });
  };

  const poll = async () => {
    const asked = map;
    try {
      const answer = await fetch(`${map.dataset.changes}?since=${map.dataset.version}`);
      if (answer.ok && asked === map) {
        const news = await answer.json();
        if (news.stale && Number(map.dataset.version) < news.version) return loadAgain();
        map.dataset.version = news.version;
        applyChanges(news);
      }
    } catch {
      // Offline: the map stays as it was, and the hold itself decides.
    }
    schedule();
  };

  const schedule = () => {
    clearTimeout(timer);
    if (map && !document.hidden) timer = setTimeout(poll, POLL_MS);
  };

  // --- moving about ----------------------------------------------------------------------------
  const middle = (element) => {
    const box = element.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  // The nearest seat that way; what lies off the line counts three times as far.
  const neighbour = (seat, [dx, dy]) => {
    const [x, y] = middle(seat);
    let best = null;
    let least = Infinity;
    for (const other of all("input.seat:not(:disabled)")) {
      if (other === seat) continue;
      const [ox, oy] = middle(other);
      const ahead = (ox - x) * dx + (oy - y) * dy;
      if (ahead <= 1) continue;
      const aside = Math.abs((ox - x) * dy + (oy - y) * dx);
      const distance = ahead + 3 * aside;
      if (distance < least) [best, least] = [other, distance];
    }
    return best;
  };

  const makeReachable = (seat) => {
    for (const other of all('input.seat[tabindex="0"]')) other.tabIndex = -1;
    seat.tabIndex = 0;
  };

  const onKey = (event) => {
    if (!event.target.matches("input.seat")) return;
    const direction = DIRECTIONS[event.key];
    if (!direction) return;
    event.preventDefault();
    const next = neighbour(event.target, direction);
    if (!next) return;
    makeReachable(next);
    next.focus();
  };

  const applyZoom = () => {
    const hall = one("[data-hall]");
    const plan = one(".hall__plan");
    if (!hall || !plan) return;
    const [across, down] = [hall.scrollLeft + hall.clientWidth / 2, hall.scrollTop + hall.clientHeight / 2];
    const before = plan.clientWidth || 1;
    plan.style.width = `${ZOOMS[zoom] * 100}%`;
    plan.style.maxHeight = zoom ? "none" : "";
    const grown = plan.clientWidth / before;
    hall.scrollTo(across * grown - hall.clientWidth / 2, down * grown - hall.clientHeight / 2);
  };

  const zoomBy = (steps) => {
    zoom = Math.min(ZOOMS.length - 1, Math.max(0, zoom + steps));
    applyZoom();
  };

  // On a phone the whole hall is too small to touch: start where a seat is about a fingertip wide.
  const chooseZoom = () => {
    const seat = one("input.seat");
    if (!seat || !matchMedia("(pointer: coarse)").matches) return;
    const width = seat.getBoundingClientRect().width || 1;
    zoom = ZOOMS.findIndex((factor) => width * factor >= 24);
    if (zoom < 0) zoom = ZOOMS.length - 1;
  };

  // --- starting --------------------------------------------------------------------------------
  const start = () => {
    const found = document.getElementById("seat-map");
    if (!found || found === map) return;
    const isFirst = map === null;
    map = found;
    prices = Object.fromEntries(all("[data-offer]").map((offer) => [offer.dataset.offer, Number(offer.dataset.amount)]));
    money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: map.dataset.currency });
    map.addEventListener("change", onChange);
    // While typing too: a list that grows only when the field is left would move the button from under the click.
    map.addEventListener("input", (event) => event.target.matches(".standing__count") && onChange(event));
    map.addEventListener("keydown", onKey);
    map.addEventListener("focusin", (event) => event.target.matches("input.seat") && makeReachable(event.target));
    map.addEventListener("click", (event) => {
      const button = event.target.closest("[data-zoom-by]");
      if (button) zoomBy(Number(button.dataset.zoomBy));
    });
    for (const seat of all("input.seat")) seat.tabIndex = -1;
    const first = one("input.seat:not(:disabled)");
    if (first) first.tabIndex = 0;
    const tools = one("[data-zoom]");
    if (tools) tools.hidden = false;
    if (isFirst) chooseZoom();
    applyZoom();
    if (isFirst) one("[data-hall]")?.scrollTo(one(".hall__plan").clientWidth / 2 - one("[data-hall]").clientWidth / 2, 0);
    showChoice();
    schedule();
  };

  document.addEventListener("htmx:afterSettle", start);
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : map && poll()));
  addEventListener("pageshow", (event) => event.persisted && map && loadAgain());
  start();
})();
