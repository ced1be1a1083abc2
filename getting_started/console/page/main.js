// Puts the page together: one stream of what happens, one state, the views that show it.

import { followJournal, get } from "./api.js";
import { Chat } from "./chat.js";
import { Desk } from "./desk.js";
import { byId, el, write } from "./dom.js";
import { Flow } from "./flow.js";
import { Messages } from "./messages.js";
import { Phone } from "./phone.js";
import { Switches } from "./switches.js";
import { World } from "./world.js";
import { Wire } from "./wire.js";

const STRANGER = "+15550100009";
const NOTICE_MS = 7000;

/** What the views share: who the customer is, and how to say that something went wrong. */
class Console {
  constructor(settings) {
    this.settings = settings;
    this.world = new World();
    this.isReplay = true;
    this._views = [];
    this._isDue = false;
  }

  get customer() {
    return byId("who").value;
  }

  get customerName() {
    return this.customer === this.settings.customer_number ? "Ana" : "Customer";
  }

  start() {
    this._offerCustomers();
    const desk = new Desk(byId("desk"), byId("worker"), this);
    const switches = new Switches(document.querySelector(".switch-list"), this, (workers) => desk.showWorkers(workers));
    const flow = new Flow(this);
    const wire = new Wire();
    this._views = [new Phone(byId("phone"), this), new Messages(byId("sms"), this), new Chat(byId("chat")), flow, desk, wire];
    this.attempt(() => flow.load());
    this.attempt(() => switches.refresh());
    followJournal({
      onBatch: (entries, isReplay) => {
        this.isReplay = isReplay;
        for (const entry of entries) this.world.apply(entry);
        wire.take(entries);
        desk.touch(entries);
        this.refresh();
      },
      onRestart: () => {
        this.world = new World();
        wire.forget();
        this.attempt(() => flow.load());
        this.attempt(() => switches.refresh());
      },
      onLink: showLink,
    });
  }

  /** Paints once with the next frame, however much has happened. */
  refresh() {
    if (this._isDue) return;
    this._isDue = true;
    requestAnimationFrame(() => {
      this._isDue = false;
      for (const view of this._views) view.render(this.world);
      this.isReplay = false;
      document.body.dataset.ready = "true";
    });
  }

  /** Does `work`; a failure is shown, and answered with false. */
  async attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      this.notify(error.message);
      return false;
    }
  }

  notify(text) {
    const notice = el("p", { class: "notice" }, text);
    byId("notices").append(notice);
    setTimeout(() => notice.remove(), NOTICE_MS);
  }

  _offerCustomers() {
    const { customer_number } = this.settings;
    const wanted = new URLSearchParams(location.search).get("customer");
    const who = byId("who");
    const numbers = new Set([customer_number, STRANGER, wanted].filter(Boolean));
    who.append(...[...numbers].map((number) => el("option", { value: number }, number === customer_number ? `Ana, ${number}` : number)));
    who.value = wanted ?? sessionStorage.getItem("customer") ?? customer_number;
    who.addEventListener("change", () => {
      sessionStorage.setItem("customer", who.value);
      this.refresh();
    });
  }
}

function showLink(isUp) {
  write(byId("link"), isUp ? "Live" : "Connection lost, trying again");
  byId("link").dataset.up = String(isUp);
}

function chooseView(view) {
  document.body.dataset.view = view;
  sessionStorage.setItem("view", view);
  for (const tab of byId("views").children) tab.setAttribute("aria-current", String(tab.dataset.view === view));
}

function chooseChannel(tab) {
  sessionStorage.setItem("channel", tab.id);
  for (const other of byId("channels").children) {
    const isChosen = other === tab;
    other.setAttribute("aria-selected", String(isChosen));
    other.tabIndex = isChosen ? 0 : -1;
    byId(other.getAttribute("aria-controls")).hidden = !isChosen;
  }
}

/** On a wide screen the switches lie open. */
function openSwitches() {
  const wide = matchMedia("(min-width: 1181px)");
  const open = () => (byId("switches").open = wide.matches);
  wide.addEventListener("change", open);
  open();
}

function connectTabs() {
  byId("views").addEventListener("click", ({ target }) => {
    const tab = target.closest("button");
    if (tab) chooseView(tab.dataset.view);
  });
  chooseView(sessionStorage.getItem("view") ?? "customer");
  const tabs = [...byId("channels").children];
  for (const tab of tabs) tab.addEventListener("click", () => chooseChannel(tab));
  byId("channels").addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
    chooseChannel(next);
    next.focus();
  });
  chooseChannel(byId(sessionStorage.getItem("channel") ?? "tab-phone"));
}

connectTabs();
openSwitches();
const settings = await get("console/settings");
write(byId("model"), settings.model);
new Console(settings).start();
