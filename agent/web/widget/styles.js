// How the widget looks. A constructed style sheet: a page's Content-Security-Policy has nothing to allow.

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host {
  --paper: #fff; --ink: #1b1f24; --quiet: #59636e; --line: #d6dbe1; --theirs: #eef1f4; --human: #e3f2e7; --alert: #fff3d6; --alert-ink: #533f03;
  --shadow: 0 8px 32px rgb(0 0 0 / 0.22);
  position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink);
}
@media (prefers-color-scheme: dark) {
  :host {
    --paper: #1a1d21; --ink: #f0f2f4; --quiet: #a9b3bd; --line: #3a4149; --theirs: #2a2f36; --human: #1f3a29; --alert: #4a3b0c; --alert-ink: #ffe9ad;
    --shadow: 0 8px 32px rgb(0 0 0 / 0.6);
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button { font: inherit; color: inherit; border: 0; background: none; cursor: pointer; border-radius: 8px; }
button:focus-visible, textarea:focus-visible, a:focus-visible, .log:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper); }
.launcher { display: grid; place-items: center; width: 60px; height: 60px; border-radius: 50%; background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow); position: relative; }
.launcher svg { width: 28px; height: 28px; }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 24px; padding: 0 6px; border-radius: 12px; font-size: 14px; line-height: 24px; text-align: center; background: #b3131b; color: #fff; }
.panel { display: flex; flex-direction: column; width: 384px; height: min(640px, calc(100dvh - 40px)); background: var(--paper); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); overflow: hidden; }
.top { display: flex; align-items: center; gap: 12px; padding: 12px 16px; background: var(--accent); color: var(--on-accent); }
.top > div { flex: 1; min-width: 0; }
h2 { margin: 0; font-size: 17px; line-height: 1.3; overflow-wrap: anywhere; }
.state { margin: 0; min-height: 1.45em; font-size: 14px; overflow-wrap: anywhere; }
.top button { display: grid; place-items: center; width: 40px; height: 40px; flex: none; }
.top button:focus-visible { outline-color: var(--on-accent); box-shadow: none; outline-offset: -3px; }
.top svg { width: 20px; height: 20px; }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 10px; }
textarea:focus-visible { outline-width: 2px; outline-offset: 0; box-shadow: none; }
.log:focus-visible { outline-offset: -3px; box-shadow: none; }
.list { display: flex; flex-direction: column; gap: 10px; }
.message { max-width: 84%; align-self: flex-start; content-visibility: auto; contain-intrinsic-size: auto 60px; }
.mine { align-self: flex-end; }
.by { margin: 0 4px 2px; font-size: 13px; color: var(--quiet); }
.mine .by { text-align: end; }
.words { margin: 0; padding: 9px 13px; border-radius: 14px; background: var(--theirs); white-space: pre-wrap; overflow-wrap: anywhere; }
.human .words { background: var(--human); }
.mine .words { background: var(--accent); color: var(--on-accent); }
.words a { color: inherit; text-decoration: underline; }
.fate { margin: 2px 4px 0; font-size: 13px; color: var(--quiet); text-align: end; }
.notice { align-self: center; max-width: 100%; margin: 4px 0; font-size: 14px; color: var(--quiet); text-align: center; overflow-wrap: anywhere; }
.older, .fate button { padding: 6px 10px; font-size: 14px; text-decoration: underline; }
.older { align-self: center; flex: none; }
.typing { display: flex; align-items: center; gap: 8px; min-height: 28px; padding: 0 20px; font-size: 14px; color: var(--quiet); }
.dots { display: inline-flex; gap: 4px; }
.dots i { width: 6px; height: 6px; border-radius: 50%; background: currentColor; animation: dot 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: 0.2s; }
.dots i:nth-child(3) { animation-delay: 0.4s; }
.banner { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 10px 16px; font-size: 14px; background: var(--alert); color: var(--alert-ink); }
.banner p { flex: 1 1 60%; margin: 0; }
.banner button { padding: 7px 12px; min-height: 36px; font-weight: 600; border: 1px solid currentColor; }
form { display: flex; align-items: flex-end; gap: 8px; padding: 12px; border-block-start: 1px solid var(--line); }
textarea { flex: 1; min-width: 0; min-height: 44px; max-height: 132px; padding: 10px 12px; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet); border-radius: 12px; resize: none; field-sizing: content; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
.send { display: grid; place-items: center; width: 44px; height: 44px; flex: none; border-radius: 12px; background: var(--accent); color: var(--on-accent); }
.send svg { width: 20px; height: 20px; }
:host(:dir(rtl)) .send svg { transform: scaleX(-1); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.word { animation: word 0.25s both; }
@keyframes word { from { opacity: 0; } }
@keyframes dot { 0%, 60%, 100% { opacity: 0.3; } 30% { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { *, .word { animation: none !important; transition: none !important; } }
@media (max-width: 480px), (max-height: 480px) {
  :host(.open) { inset: 0; }
  .panel { width: 100%; height: 100%; border: 0; border-radius: 0; }
}
@media (forced-colors: active) { .launcher, .send, .words, .panel { border: 1px solid; } }
`);

export { sheet };
