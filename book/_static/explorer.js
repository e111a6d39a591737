/* Scenario explorer: sliders move spend, and outcome, profit and chance of a loss are computed again from the
   posterior draws that the page holds (mmm_helpers/report/explorer.py says what is in them). No library, no network. */
"use strict";

(() => {
  const SMALLEST_TOTAL = 1e-6; // a change of spend below this share of today's keeps the total
  const LOSS_UNKNOWN = "not known";
  const PLANNED = "plan"; // how a link says that a channel's regions are as in the recommendation

  /* ---------- numbers ---------- */

  /** Rows of draws, in single precision as they came. */
  function unpack(packed, draws) {
    const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
    const values = new Float32Array(bytes.buffer);
    return Array.from({ length: values.length / draws }, (_, row) => values.subarray(row * draws, (row + 1) * draws));
  }

  /** The page's data with its draws as arrays. */
  function readData(root) {
    const data = JSON.parse(root.querySelector(".mmm-explorer-data").textContent);
    data.noise = unpack(data.noise, data.draws)[0];
    data.total = data.sliders.reduce((sum, slider) => sum + slider.spend, 0);
    for (const curve of data.sliders.flatMap((slider) => slider.curves)) {
      curve.change = unpack(curve.change, data.draws);
      curve.planned = curve.planned && unpack(curve.planned, data.draws)[0];
    }
    return data;
  }

  /** Add `weight` times one channel's change of outcome to every draw; linear between the stored multiples. */
  function addChange(into, curve, setting, step, weight) {
    if (setting.planned) {
      for (let i = 0; i < into.length; i++) into[i] += weight * curve.planned[i];
      return;
    }
    const position = setting.multiple / step;
    const below = Math.min(Math.floor(position), curve.change.length - 2);
    const [low, high, part] = [curve.change[below], curve.change[below + 1], position - below];
    for (let i = 0; i < into.length; i++) into[i] += weight * (low[i] * (1 - part) + high[i] * part);
  }

  const spendAt = (slider, setting) => (setting.planned ? slider.recommended : setting.multiple * slider.spend);

  /** Spend of a slider that lies above what was ever (95 %) spent per period in its region. */
  function spendAbove(slider, setting) {
    if (setting.planned) return slider.above;
    return slider.cells.reduce(
      (sum, [spend, support]) => sum + Math.max(setting.multiple - support, 0) * spend, 0);
  }

  /** Change of outcome (draw by draw) that one slider makes. */
  function outcomeOf(data, slider, setting) {
    const change = new Float64Array(data.draws);
    for (const curve of slider.curves) addChange(change, curve, setting, data.step, 1);
    return change;
  }

  /** Everything about a setting, with the definitions of the table `scenarios`. */
  function evaluate(data, settings) {
    const [outcome, profit] = [new Float64Array(data.draws), new Float64Array(data.draws)];
    let [spend, above] = [0, 0];
    data.sliders.forEach((slider, k) => {
      spend += spendAt(slider, settings[k]) - slider.spend;
      above += spendAbove(slider, settings[k]);
      for (const curve of slider.curves) {
        addChange(outcome, curve, settings[k], data.step, 1);
        if (data.worth !== null) addChange(profit, curve, settings[k], data.step, curve.worth);
      }
    });
    const result = { spend, outcome: summarize(outcome, data), outside: above / Math.max(data.total + spend, 1e-9) };
    if (data.worth !== null) {
      for (let i = 0; i < profit.length; i++) profit[i] -= spend;
      return { ...result, profit: summarize(profit, data), ...losses(profit, data, data.worth) };
    }
    const kept = Math.abs(spend) < SMALLEST_TOTAL * data.total;
    return { ...result, profit: null, ...(kept ? losses(outcome, data, 1) : { loss: null, lossByChance: null }) };
  }

  /** Share of draws in which profit falls: the expected one, and with what chance adds to sales. */
  function losses(profit, data, worth) {
    const share = (falls) => profit.filter(falls).length / data.draws;
    return {
      loss: share((value) => value < 0),
      lossByChance: share((value, i) => value + worth * data.noise[i] < 0),
    };
  }

  /** Mean and interval of draws. */
  function summarize(draws, data) {
    const sorted = Float64Array.from(draws).sort();
    const [low, high] = data.interval.map((share) => quantile(sorted, share));
    return { mean: draws.reduce((sum, value) => sum + value, 0) / draws.length, low, high };
  }

  /** Quantile of sorted values, linear between neighbours. */
  function quantile(sorted, share) {
    const position = share * (sorted.length - 1);
    const below = Math.min(Math.floor(position), sorted.length - 2);
    return sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]);
  }

  /* ---------- numbers as text: as mmm_helpers/report/words.py writes them ---------- */

  const MINUS = "−";
  const UNITS = [[1e9, " bn"], [1e6, " M"], [1e3, " k"], [1, ""]];
  const fixed = (value, decimals) =>
    Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const signOf = (value, text, plus) =>
    (/[1-9]/.test(text) && value < 0 ? MINUS : plus && value > 0 ? "+" : "") + text;
  const decimalsOf = (value, digits) =>
    value ? Math.max(digits - 1 - Math.floor(Math.log10(Math.abs(value))), 0) : 0;
  const unitOf = (value) => UNITS.find(([size]) => Math.abs(value) * 1.0005 >= size) || UNITS[3];

  function money(value, symbol, plus = false) {
    const [size, unit] = unitOf(value);
    if (Math.abs(value) < 0.001) return `${symbol}0`;
    const rounded = Number((Math.abs(value) / size).toPrecision(3));
    return signOf(value, symbol + fixed(rounded, decimalsOf(rounded, 3)), plus) + unit;
  }

  function moneyInterval({ mean, low, high }, symbol) {
    const largest = Math.max(...[mean, low, high].map(Math.abs));
    if (largest < 0.001) return [`${symbol}0`, ""];
    const [size, unit] = unitOf(largest);
    const decimals = Math.max(decimalsOf(largest / size, 3), decimalsOf(mean / size, 1));
    const text = (value) => fixed(value / size, decimals);
    const bounds = [low, high].map((value) => signOf(value, text(value), true)).join(" to ");
    return [signOf(mean, symbol + text(mean), true) + unit, `(${bounds})`];
  }

  function chance(share) {
    if (share === null) return LOSS_UNKNOWN;
    if (share > 0.99) return "more than 99 %";
    return share < 0.01 ? "less than 1 %" : `${toEven(100 * share)} %`;
  }

  /** The nearest whole number, of two equally near ones the even: as Python rounds. */
  function toEven(value) {
    const below = Math.floor(value);
    return value - below === 0.5 ? below + (below % 2) : Math.round(value);
  }

  function percentChange(share) {
    const text = (Math.abs(share) < 0.1 ? Math.abs(100 * share).toFixed(1) : Math.abs(100 * share).toFixed(0));
    return `${signOf(share, text.replace(/\.0$/, ""), true)} %`;
  }

  /* ---------- the page ---------- */

  /** The curve of one slider: what any spend of the channel changes, with its interval, and today's level. */
  function drawCurve(view, data, slider) {
    const points = slider.curves[0].change.map((_, row) =>
      summarize(outcomeOf(data, slider, { multiple: row * data.step }), data));
    const lowest = Math.min(...points.map((p) => p.low));
    const highest = Math.max(...points.map((p) => p.high));
    view.height = (value) => 96 - 92 * ((value - lowest) / Math.max(highest - lowest, 1e-9));
    const line = (values) => values.map((v, row) => `${row * data.step * 100},${view.height(v).toFixed(2)}`);
    const band = [...line(points.map((p) => p.low)), ...line(points.map((p) => p.high)).reverse()];
    view.svg.innerHTML =
      `<line class="mmm-curve-zero" x1="0" x2="200" y1="${view.height(0)}" y2="${view.height(0)}"/>` +
      `<polygon class="mmm-curve-band" points="${band.join(" ")}"/>` +
      `<polyline class="mmm-curve-mean" points="${line(points.map((p) => p.mean)).join(" ")}"/>` +
      '<line class="mmm-curve-now"/>';
  }

  /** The parts of one slider that change. */
  function findSlider(root, slider) {
    const box = [...root.querySelectorAll(".mmm-slider")].find((b) => b.dataset.key === slider.key);
    const part = (name) => box.querySelector(name);
    return { box, input: part("input"), svg: part("svg"), now: null, spend: part(".mmm-slider-spend"),
             effect: part(".mmm-slider-effect") };
  }

  /** Show one slider's spend and what its change brings. */
  function showSlider(view, data, slider, setting) {
    const spend = spendAt(slider, setting);
    const change = summarize(outcomeOf(data, slider, setting), data);
    const [mean, bounds] = moneyInterval(change, data.currency);
    const same = !setting.planned && setting.multiple === 1;
    const share = percentChange(spend / slider.spend - 1);
    view.spend.textContent = `${money(spend, data.currency)}${same ? "" : ` (${share})`}`;
    view.effect.textContent = same ? "as today" : `outcome ${mean} ${bounds}${setting.planned ? ", regions as planned" : ""}`;
    view.input.value = spend / slider.spend;
    view.input.setAttribute("aria-valuetext",
      same ? `${money(spend, data.currency)}, as today`
        : `${money(spend, data.currency)}, ${share}; outcome ${mean}, 90 % between ${bounds.slice(1, -1).replace(" to ", " and ")}`);
    const now = view.svg.querySelector(".mmm-curve-now");
    const x = (100 * spend) / slider.spend;
    for (const [name, value] of Object.entries({ x1: x, x2: x, y1: view.height(change.low), y2: view.height(change.high) }))
      now.setAttribute(name, value);
  }

  /** Write one of the four results; `data-*` hold the numbers themselves. */
  function showResult(root, name, value, line, numbers = {}) {
    const box = root.querySelector(`[data-result="${name}"]`);
    box.querySelector(".mmm-result-value").textContent = value;
    box.querySelector(".mmm-card-line").textContent = line;
    Object.assign(box.dataset, numbers);
  }

  function showResults(root, data, result) {
    const { currency, total } = data;
    showResult(root, "spend", money(result.spend, currency, true),
      `${percentChange(result.spend / total)} of ${money(total, currency)}`, { mean: result.spend });
    showResult(root, "outcome", ...moneyInterval(result.outcome, currency), result.outcome);
    if (result.profit) showResult(root, "profit", ...moneyInterval(result.profit, currency), result.profit);
    else showResult(root, "profit", "not known", "no margin is stated");
    showResult(root, "loss", chance(result.loss),
      result.loss === null ? "known only where the total stays" : `with chance in sales ${chance(result.lossByChance)}`,
      { mean: result.loss ?? "", chance: result.lossByChance ?? "" });
  }

  /** What is to be said about the setting beside its numbers. */
  function remarks(data, settings, result) {
    const found = [];
    if (result.outside > 0.0005)
      found.push(`${(100 * result.outside).toFixed(result.outside < 0.1 ? 1 : 0)} % of this spend lies above what 95 of 100 periods saw: there the answer rests on the shape of the curve, not on data.`);
    const beyond = data.sliders.filter((slider, k) => {
      const spend = spendAt(slider, settings[k]);
      const slack = 0.005 * slider.spend; // half a step of a slider
      return slider.recommended !== null && (spend > slider.upper + slack || spend < slider.lower - slack);
    });
    if (beyond.length) found.push(`Further than a plan may go: ${beyond.map((slider) => slider.label).join(", ")}.`);
    return found.join(" ");
  }

  function sentence(result, data) {
    const say = (value) => moneyInterval(value, data.currency).join(" ");
    const profit = result.profit ? `, profit ${say(result.profit)}` : "";
    return `Spend ${money(result.spend, data.currency, true)}: outcome ${say(result.outcome)}${profit}; chance of a loss ${chance(result.loss)}.`;
  }

  /* ---------- links ---------- */

  const todays = (data) => data.sliders.map(() => ({ multiple: 1, planned: false }));

  /** The setting as the part of the address behind #; empty for today. */
  function toHash(data, settings) {
    const query = new URLSearchParams();
    data.sliders.forEach(({ key }, k) => {
      const { multiple, planned } = settings[k];
      if (planned) query.set(key, PLANNED);
      else if (multiple !== 1) query.set(key, String(Number(multiple.toFixed(4))));
    });
    return query.toString();
  }

  /** The setting that an address asks for, and what of it cannot be shown; null if it asks for none. */
  function fromHash(data, hash) {
    if (!hash.includes("=")) return null;
    const [query, refused] = [new URLSearchParams(hash.replace(/^#/, "")), []];
    const settings = todays(data);
    for (const [key, text] of query) {
      const k = data.sliders.findIndex((slider) => slider.key === key);
      const multiple = Number(text);
      if (k >= 0 && text === PLANNED && data.sliders[k].recommended !== null) settings[k].planned = true;
      else if (k >= 0 && text !== "" && multiple >= 0 && multiple <= 2) settings[k].multiple = multiple;
      else refused.push(k < 0 ? key : `${data.sliders[k].label} ${text === PLANNED ? "as recommended" : text}`);
    }
    return { settings, refused };
  }

  async function copyLink(link) {
    try {
      await navigator.clipboard.writeText(link);
      return "Link copied.";
    } catch {
      return `Copy this link: ${link}`;
    }
  }

  /* ---------- putting it together ---------- */

  function start(root) {
    const data = readData(root);
    const views = data.sliders.map((slider) => findSlider(root, slider));
    views.forEach((view, k) => drawCurve(view, data, data.sliders[k]));
    const said = root.querySelector(".mmm-explorer-said");
    const status = root.querySelector(".mmm-explorer-status");
    let settings = todays(data);
    let result;

    function show(which = data.sliders.keys()) {
      for (const k of which) showSlider(views[k], data, data.sliders[k], settings[k]);
      result = evaluate(data, settings);
      showResults(root, data, result);
      root.querySelector(".mmm-explorer-note").textContent = remarks(data, settings, result);
    }

    /** Say the result and keep the setting in the address, once a slider rests. */
    function settle() {
      const hash = toHash(data, settings);
      history.replaceState(null, "", hash ? `#${hash}` : location.href.split("#")[0]);
      said.textContent = sentence(result, data);
      status.textContent = "";
    }

    function setAll(setting) {
      settings = data.sliders.map(() => ({ ...setting }));
      show();
      settle();
    }

    function open() {
      const asked = fromHash(data, location.hash);
      if (asked) settings = asked.settings;
      show();
      status.textContent = asked && asked.refused.length
        ? `What the link asks for cannot be shown here: ${asked.refused.join(", ")}.` : "";
    }

    const actions = {
      reset: () => setAll({ multiple: 1, planned: false }),
      follow: () => setAll({ multiple: 1, planned: true }),
      more: () => setAll({ multiple: 1.1, planned: false }),
      less: () => setAll({ multiple: 0.9, planned: false }),
      copy: async () => {
        settle();
        status.textContent = await copyLink(location.href);
      },
    };
    views.forEach((view, k) => {
      view.input.addEventListener("input", () => {
        settings[k] = { multiple: view.input.valueAsNumber, planned: false };
        show([k]);
      });
      view.input.addEventListener("change", () => settle());
    });
    root.addEventListener("click", (event) => actions[event.target.dataset.action]?.());
    window.addEventListener("hashchange", () => location.hash.includes("=") && open());
    open();
    root.dataset.ready = "yes";
  }

  document.querySelectorAll(".mmm-explorer").forEach(start);
})();
