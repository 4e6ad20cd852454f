// Asks the browser for a passkey and sends what it signed with the form. Words come from the page.
"use strict";

const fromText = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
};

const toText = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const descriptors = (list) => (list || []).map((each) => ({ ...each, id: fromText(each.id) }));

// What the server asks for, with bytes where the browser wants bytes.
const readable = (options) => ({
  ...options,
  challenge: fromText(options.challenge),
  ...(options.user ? { user: { ...options.user, id: fromText(options.user.id) } } : {}),
  ...(options.allowCredentials ? { allowCredentials: descriptors(options.allowCredentials) } : {}),
  ...(options.excludeCredentials ? { excludeCredentials: descriptors(options.excludeCredentials) } : {}),
});

const written = (credential) => {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const said = parts.filter((part) => response[part]).map((part) => [part, toText(response[part])]);
  const transports = response.getTransports ? { transports: response.getTransports() } : {};
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: { ...Object.fromEntries(said), ...transports },
  });
};

const ask = async (form) => {
  const sent = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.options, { method: "POST", body: sent, redirect: "error" });
  if (!answer.ok) throw new Error("refused");
  const publicKey = readable(await answer.json());
  const makes = form.elements.purpose.value === "REGISTER";
  return makes ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
};

const begin = async (form) => {
  const problem = form.querySelector("[role=alert]");
  problem.textContent = "";
  problem.hidden = true;
  try {
    form.elements.answer.value = written(await ask(form));
  } catch {
    problem.textContent = form.dataset.failed;
    problem.hidden = false;
    return;
  }
  // Not by `requestSubmit`, which would come back here.
  form.submit();
};

for (const form of document.querySelectorAll("form[data-options]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin(form);
  });
}
if (!window.PublicKeyCredential) {
  for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = false;
}
