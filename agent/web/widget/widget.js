// The chat widget: <script async src="https://HOST/chat/widget.js" data-title="Chat with us" data-color="#0b5fff"></script>
// Further attributes: data-lang (en, es), data-identity with data-proof (see README.md, "The chat widget").
// window.AgentChat has open(), close(), setContext({...}) and on(event, listener) at once; the rest is loaded behind it.
(() => {
  "use strict";
  if (window.AgentChat) return;
  const tag = document.currentScript;
  const base = new URL(".", tag.src);
  const widget = import(new URL("element.js", base).href).then(({ show }) => show(base, tag));
  widget.catch((error) => console.error("AgentChat could not be loaded:", error));
  const call = (method) => (...values) => void widget.then((element) => element[method](...values), () => {});
  window.AgentChat = Object.freeze({
    open: call("open"),
    close: call("close"),
    setContext: call("setContext"),
    on: call("listen"),
  });
})();
