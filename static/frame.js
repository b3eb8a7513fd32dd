/* Joined behind app.js. Pages in a frame: what they tell the page around them, what they take from it, and buttons that
   wait until they were seen. And signing in for an open page, in a frame or not, through a window of its own. */
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const framed = window.parent !== window;

  // A browser that keeps cookies from frames may keep storage from them, too.
  const unless = (failing, otherwise) => {
    try {
      return failing();
    } catch {
      return otherwise;
    }
  };

  // Who frames us, by the browser's word, and only one of those who may. Firefox tells it through the referrer alone,
  // and that of the first page only.
  const listed = (document.querySelector("meta[name=modelport-frame]")?.content ?? "").split(" ").filter(Boolean);
  const HOST = "modelport-host";
  const referrer = () => (document.referrer ? new URL(document.referrer).origin : "");
  const noted = () => unless(() => sessionStorage.getItem(HOST), null);
  const host = [location.ancestorOrigins?.[0], referrer(), noted(), listed.length === 1 && listed[0]]
    .find((origin) => listed.includes(origin));
  if (host) unless(() => sessionStorage.setItem(HOST, host));

  const tell = (type, values = {}) => {
    if (framed && host) window.parent.postMessage({ type: `modelport:${type}`, ...values }, host);
  };

  // Height: what the content needs, and what stands open above it.
  const OPEN = "dialog[open], [popover]:popover-open";
  let told = 0;
  const tellHeight = () => {
    const ends = [...document.querySelectorAll(OPEN)].map((each) => each.getBoundingClientRect().bottom + 16);
    const height = Math.ceil(Math.max(document.body.getBoundingClientRect().height, ...ends));
    if (height !== told) tell("height", { height });
    told = height;
  };

  const tellPath = () => {
    const here = location.pathname.startsWith("/auth/") ? byId("sign-in-window")?.dataset.going : location.pathname + location.search;
    if (here) tell("path", { path: here });
  };

  // The frame is as tall as its page, so the middle of the frame may be out of sight: dialogs and toasts come up beside
  // what was used last.
  const FLOATING = "#session, #alerts, #toasts, dialog";
  const lookAt = (target, y) => {
    if (!target.closest?.(FLOATING)) document.documentElement.style.setProperty("--mp-eye", `${Math.round(y)}px`);
  };

  // A page above ours could be drawn over a button and have one click land on it. So what matters most cannot be
  // pressed until it has been in sight for a moment.
  const GUARDED = "button.btn-danger, button[data-guarded]";
  const SEEN = 700;
  const held = new Map();
  const hold = (button) => {
    if (button.disabled && !held.has(button)) return;
    clearTimeout(held.get(button));
    button.disabled = true;
    held.set(button, setTimeout(() => {
      held.delete(button);
      button.disabled = false;
    }, SEEN));
  };
  const comesIntoSight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) hold(target);
  });
  const guard = (root) => {
    for (const button of root.querySelectorAll?.(GUARDED) ?? []) {
      hold(button);
      comesIntoSight.observe(button);
    }
  };

  const THEMES = { light: "", dark: "gl-dark" };
  const takeTheme = ({ origin, source, data }) => {
    if (source !== window.parent || !listed.includes(origin)) return;
    if (data?.type !== "modelport:theme" || !Object.hasOwn(THEMES, data.theme)) return;
    document.documentElement.className = THEMES[data.theme];
    document.cookie = `mp_frame_theme=${data.theme}; Path=/; Secure; SameSite=None; Partitioned`;
  };

  if (framed) {
    document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
      ctx.request.headers["Modelport-Frame"] = "1";
    });
    window.addEventListener("message", takeTheme);
    new ResizeObserver(tellHeight).observe(document.body);
    document.addEventListener("toggle", tellHeight, true);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) guard(node.parentElement ?? node);
      tellHeight();
    }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["open"] });
    document.addEventListener("visibilitychange", () => guard(document));
    guard(document);
    document.addEventListener("click", ({ target, clientY }) => lookAt(target, clientY || target.getBoundingClientRect().top), true);
    document.addEventListener("focusin", ({ target }) => lookAt(target, target.getBoundingClientRect().top));
    for (const moved of ["htmx:after:history:push", "htmx:after:history:replace", "popstate"]) window.addEventListener(moved, tellPath);
    tell("ready");
    tellPath();
  }

  // Signing in. The verifier stays in this page; the window gets its digest and brings a code through its opener.
  const CODE = /^[\w-]{43}$/;
  const others = framed ? undefined : new BroadcastChannel("modelport-sign-in");
  let prepared;
  let waiting;

  const prepare = async () => {
    const text = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const verifier = text(crypto.getRandomValues(new Uint8Array(32)));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
    return { verifier, challenge: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
  };

  const show = (when, words = {}) => {
    for (const line of byId("sign-in-window").querySelectorAll("[data-when]")) line.hidden = line.dataset.when !== when;
    for (const [name, text] of Object.entries(words)) byId("sign-in-window").querySelector(`[data-${name}]`).textContent = text;
  };

  // Asked once after a window brought something or went away, never again and again.
  const goOn = async (otherwise) => {
    const state = await fetch("/auth/embed/state").then((answer) => answer.json()).catch(() => ({}));
    const panel = byId("sign-in-window");
    if (!state.signed_in) return show(otherwise);
    if (panel.dataset.going) return location.replace(panel.dataset.going);
    document.dispatchEvent(new CustomEvent("app:csrf", { detail: { token: state.token } }));
    panel.dataset.over = "";
    byId("open-sign-in").hidden = true;
    return show("done", { who: state.name });
  };

  const forget = () => {
    clearInterval(waiting?.watch);
    waiting = undefined;
    prepared = prepare();
  };

  const redeem = async (code) => {
    const { popup, verifier } = waiting;
    forget();
    popup.close();
    const body = new URLSearchParams({ code, verifier });
    const answer = await fetch("/auth/embed/handoff", { method: "POST", body }).catch(() => undefined);
    if (answer?.ok) return goOn("cookies");
    const { title } = (await answer?.json().catch(() => undefined)) ?? {};
    return show("failed", { why: title ?? "The server did not take the sign-in." });
  };

  window.addEventListener("message", ({ origin, source, data }) => {
    if (!waiting || source !== waiting.popup || origin !== location.origin) return;
    if (data?.type === "modelport:code" && CODE.test(data.code)) redeem(data.code);
  });

  others?.addEventListener("message", () => {
    if (byId("sign-in-window")) goOn("ready");
  });

  const openWindow = ({ verifier, challenge }) => {
    const address = new URL(byId("sign-in-window").dataset.start, location.href);
    if (framed) address.searchParams.set("h", challenge);
    if (framed && host) address.searchParams.set("in", host);
    const popup = window.open(address, "modelport-sign-in", "popup,width=560,height=720");
    forget();
    if (!popup) return show("blocked");
    // A page of its own is told through the channel; its tie to the window ends with our Cross-Origin-Opener-Policy.
    if (framed) waiting = { popup, verifier, watch: setInterval(lookAfterWindow, 500) };
    return show("waiting");
  };

  const lookAfterWindow = () => {
    if (!waiting.popup.closed) return;
    forget();
    goOn("closed");
  };

  // Where the operator allows it, the browser may give this frame the cookie that a full page of ours has.
  const hasOwnCookie = async () => {
    const panel = byId("sign-in-window");
    if (!framed || panel.dataset.storage === undefined || !document.requestStorageAccess) return false;
    delete panel.dataset.storage;
    if (await document.hasStorageAccess()) return false;
    return document.requestStorageAccess().then(() => true, () => false);
  };

  document.addEventListener("click", async ({ target }) => {
    if (!target.closest?.("#open-sign-in")) return;
    if (await hasOwnCookie()) {
      const { signed_in: signedIn } = await fetch("/auth/embed/state").then((answer) => answer.json()).catch(() => ({}));
      if (signedIn) return goOn("ready");
    }
    return openWindow(await prepared);
  });

  const welcome = () => {
    const button = byId("open-sign-in");
    if (!button?.hidden || button.closest("[data-over]")) return;
    button.hidden = false;
    prepared ??= prepare();
    if (byId("sign-in-window").dataset.going === undefined) button.focus();
  };

  document.addEventListener("htmx:before:response", ({ detail: { ctx } }) => {
    if (ctx.response.status !== 401) byId("sign-in-window")?.closest("#sign-in:has([data-over])")?.remove();
  });
  document.addEventListener("htmx:after:swap", welcome);
  welcome();

  const done = byId("sign-in-done");
  const alone = () => {
    done.querySelector("[data-when=alone]").hidden = false;
  };
  if (done?.dataset.code) {
    if (window.opener) {
      window.opener.postMessage({ type: "modelport:code", code: done.dataset.code }, location.origin);
      setTimeout(alone, 5000);
    } else alone();
    done.removeAttribute("data-code");
  } else if (done) {
    others?.postMessage("signed in");
    setTimeout(() => window.close(), 1500);
  }
})();
