// Every word the widget shows. A language is one more entry; {name} and the like are filled in.

const en = {
  title: "Chat with us",
  open: "Open chat",
  openUnread: "Open chat, {count} unread",
  close: "Close chat",
  messages: "Messages",
  older: "Show earlier messages",
  write: "Write a message",
  send: "Send",
  welcome: "Hello! Ask us anything. You can ask for a person at any time.",
  you: "You",
  assistant: "Assistant",
  human: "Colleague",
  connecting: "Connecting…",
  reconnecting: "No connection. What you write is kept and sent once it is back.",
  serving: "The assistant answers",
  typing: "The assistant is typing…",
  humanTyping: "{name} is typing…",
  sending: "Sending…",
  waitingToSend: "Waiting for the connection…",
  notSent: "Not sent.",
  sendAgain: "Send again",
  requested: "Asking a colleague to take over…",
  queued: "Waiting for a colleague. You can go on writing; they will see it.",
  place: "Your place in the queue: {place}.",
  minutes: "Expected wait: about {minutes} min.",
  stopWaiting: "Stop waiting",
  neverMind: "Never mind, thank you.",
  waiting: "A colleague is being asked",
  withHuman: "{name} answers",
  joined: "{name} has joined.",
  left: "{name} has left.",
  returned: "The assistant is here again.",
  canceled: "Nobody is being asked to take over any more. The assistant is here again.",
  failed: "No colleague could be reached. The assistant is still here, and you can ask for a person again.",
  ended: "This conversation has ended.",
  startAgain: "Start a new conversation",
  unreachable: "The chat cannot be reached. Check your connection, then try again.",
  unavailable: "The chat is not available right now. Try again in a moment.",
  busy: "Too many attempts. It will be tried again in a minute.",
  refused: "The chat is not available on this page.",
  tryAgain: "Try again",
};

const es = {
  title: "Chatee con nosotros",
  open: "Abrir el chat",
  openUnread: "Abrir el chat, {count} sin leer",
  close: "Cerrar el chat",
  messages: "Mensajes",
  older: "Mostrar mensajes anteriores",
  write: "Escriba un mensaje",
  send: "Enviar",
  welcome: "¡Hola! Pregúntenos lo que quiera. Puede pedir hablar con una persona en cualquier momento.",
  you: "Usted",
  assistant: "Asistente",
  human: "Compañero",
  connecting: "Conectando…",
  reconnecting: "Sin conexión. Lo que escriba se guarda y se envía cuando vuelva.",
  serving: "Responde el asistente",
  typing: "El asistente está escribiendo…",
  humanTyping: "{name} está escribiendo…",
  sending: "Enviando…",
  waitingToSend: "Esperando la conexión…",
  notSent: "No enviado.",
  sendAgain: "Enviar de nuevo",
  requested: "Estamos pidiendo a un compañero que le atienda…",
  queued: "Esperando a un compañero. Puede seguir escribiendo; lo verá.",
  place: "Su lugar en la cola: {place}.",
  minutes: "Espera prevista: unos {minutes} min.",
  stopWaiting: "Dejar de esperar",
  neverMind: "Olvídelo, gracias.",
  waiting: "Se está avisando a un compañero",
  withHuman: "Responde {name}",
  joined: "{name} se ha unido.",
  left: "{name} se ha ido.",
  returned: "El asistente está aquí de nuevo.",
  canceled: "Ya no se espera a nadie. El asistente está aquí de nuevo.",
  failed: "No se ha podido avisar a ningún compañero. El asistente sigue aquí y puede volver a pedir una persona.",
  ended: "Esta conversación ha terminado.",
  startAgain: "Empezar otra conversación",
  unreachable: "No se puede acceder al chat. Compruebe su conexión e inténtelo de nuevo.",
  unavailable: "El chat no está disponible ahora. Inténtelo de nuevo dentro de un momento.",
  busy: "Demasiados intentos. Se volverá a intentar dentro de un minuto.",
  refused: "El chat no está disponible en esta página.",
  tryAgain: "Intentar de nuevo",
};

const LANGUAGES = { en, es };

/** The first wanted language there is ("es-MX" is "es"), else English. */
export function chooseLanguage(...wanted) {
  const codes = wanted.filter(Boolean).map((one) => one.toLowerCase().split("-")[0]);
  return codes.find((code) => code in LANGUAGES) ?? "en";
}

/** `say("joined", {name: "Jordan"})` in that language. */
export function speaker(language) {
  const words = LANGUAGES[language];
  return (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
}
