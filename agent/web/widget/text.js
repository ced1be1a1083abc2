// Words of others as nodes: never as markup, links only to the web.

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const AFTER_LINK = /[.,;:!?)\]}…]+$/;
const WORD_MILLISECONDS = 35;
const LONGEST_REVEAL_MILLISECONDS = 1400;

/** Nodes for `text`; with `isRevealed` the words appear one after the other. */
export function toNodes(text, { isRevealed = false } = {}) {
  const reveal = isRevealed ? new Reveal() : null;
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(AFTER_LINK, "");
    const link = toLink(address);
    if (!link) continue;
    nodes.push(...toWords(text.slice(end, match.index), reveal), reveal ? reveal.hide(link) : link);
    end = match.index + address.length;
  }
  nodes.push(...toWords(text.slice(end), reveal));
  return nodes;
}

function toLink(address) {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  const link = document.createElement("a");
  link.href = url.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = address;
  return link;
}

function toWords(text, reveal) {
  if (!text) return [];
  if (!reveal) return [document.createTextNode(text)];
  return text.match(/\s*\S+\s*|\s+/g).map((word) => {
    const span = document.createElement("span");
    span.textContent = word;
    return reveal.hide(span);
  });
}

class Reveal {
  #delay = 0;

  hide(node) {
    node.classList.add("word");
    node.style.animationDelay = `${this.#delay}ms`;
    this.#delay = Math.min(this.#delay + WORD_MILLISECONDS, LONGEST_REVEAL_MILLISECONDS);
    return node;
  }
}
