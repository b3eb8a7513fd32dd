/* Joined behind htmx and hx-csp into vendor/bundle.js, which every page loads as its one script. The joining matters:
   loaded apart and deferred, htmx would start before the two that guard it. */
(() => {
  "use strict";

  const pageNonce = document.querySelector("script[nonce]")?.nonce;
  const byId = (id) => document.getElementById(id);
  const copyOf = (template) => byId(template)?.content.firstElementChild.cloneNode(true);

  // The gate. hx-csp checks the elements that htmx is about to start; an attribute that is only ever read from another
  // element's point of view (an inherited one, a nested connection, an out-of-band swap) never passes there. So
  // whatever lacks the nonce loses every htmx attribute before it is looked at, and may replace nothing elsewhere.
  const stamped = (element) => Boolean(pageNonce) && element?.getAttribute("hx-nonce") === pageNonce;
  const disarm = (root) => {
    const elements = [...root.querySelectorAll("*")];
    if (root.attributes) elements.push(root);
    for (const element of elements) {
      if (stamped(element)) continue;
      for (const name of element.getAttributeNames()) {
        if (/^(data-)?hx-/i.test(name)) element.removeAttribute(name);
      }
    }
  };
  const mayReplace = (task) =>
    task.type !== "partial" && (task.type !== "oob" || stamped(task.fragment.firstElementChild));

  htmx.registerExtension("gate", {
    htmx_before_process: (root) => disarm(root),
    htmx_before_swap: (_source, { tasks }) => {
      const allowed = tasks.filter(mayReplace);
      for (const task of allowed) disarm(task.fragment);
      tasks.splice(0, tasks.length, ...allowed);
    },
  });

  // The token is read when it is sent, so that app:csrf can renew it under an open form.
  const tokenHolder = () => document.querySelector("meta[name=csrf-token]");

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.request.method !== "GET" && tokenHolder()) ctx.request.headers["X-CSRFToken"] = tokenHolder().content;
  });

  document.addEventListener("app:csrf", ({ detail }) => {
    tokenHolder()?.setAttribute("content", detail.token);
    for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = detail.token;
  });

  // Somebody types on while the answer to an earlier choice is on its way, and a browser test types at once. What a
  // control was given since its form was sent wins over what the answer has in its place.
  const sent = new WeakMap();
  const stateOf = (control) => (/^(checkbox|radio)$/.test(control.type) ? control.checked : control.value);

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const controls = [...(ctx.request.form?.elements ?? [])].filter(({ id }) => id);
    sent.set(ctx, { before: new Map(controls.map((control) => [control.id, stateOf(control)])), since: [] });
  });

  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    const memory = sent.get(ctx);
    for (const [id, state] of memory?.before ?? []) {
      const control = byId(id);
      if (control && stateOf(control) !== state) memory.since.push(control);
    }
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    for (const old of sent.get(ctx)?.since ?? []) {
      const control = byId(old.id);
      if (!control || control === old || control.type !== old.type) continue;
      if (typeof stateOf(old) === "string") control.value = old.value;
      else if (control.value === old.value) control.checked = old.checked;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // News goes into the open dialog, for what lies under one can be neither seen nor reached.
  const slotFor = (id) => {
    const dialog = document.querySelector("dialog[open]");
    if (dialog?.querySelector(".mp-wait")) dialog.close();
    return document.querySelector("dialog[open] [data-slot]") ?? byId(id);
  };

  const showAlert = (words) => {
    const alert = copyOf("alert-template");
    const slot = slotFor("alerts");
    if (!alert || slot.querySelector("[data-lost]")) return;
    alert.querySelector("p").textContent = words;
    alert.dataset.lost = "";
    slot.replaceChildren(alert);
  };

  // A proxy's own error page must not land in the middle of ours; our handlers name the slot for theirs.
  document.addEventListener("htmx:before:response", (event) => {
    const { response, hx } = event.detail.ctx;
    if (response.status < 500) document.querySelector("[data-lost]")?.remove();
    else if (!hx.retarget) {
      event.preventDefault();
      showAlert(`The server could not answer (${response.status}). Nothing was changed that it did not confirm.`);
    }
  });

  document.addEventListener("htmx:error", ({ detail }) => {
    if (detail.ctx) showAlert("No answer came. Check your connection and try again.");
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const id = ctx.hx?.retarget?.slice(1);
    if (id === "alerts" || id === "session") {
      const slot = slotFor(id);
      if (slot !== byId(id)) slot.replaceChildren(...byId(id).childNodes);
    }
    dismissLater();
  });

  // Toasts leave after eight seconds, unless somebody is reading or holds one.
  const dismissLater = () => {
    for (const toast of document.querySelectorAll("#toasts > :not([data-timed])")) {
      toast.dataset.timed = "";
      const timer = setInterval(() => {
        if (toast.matches(":hover, :focus-within")) return;
        clearInterval(timer);
        toast.remove();
      }, 8000);
    }
  };

  const say = (text) => {
    const toast = copyOf("toast-template");
    if (!toast) return;
    toast.querySelector("span").textContent = text;
    byId("toasts").append(toast);
    dismissLater();
  };

  document.addEventListener("app:toast", ({ detail }) => say(detail.text));

  document.addEventListener("app:close-dialog", () => {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  });

  document.addEventListener("app:forget-secrets", () => {
    for (const input of document.querySelectorAll("input[type=password], [data-secret]")) input.value = "";
  });

  document.addEventListener("app:theme", ({ detail }) => {
    document.documentElement.className = detail.names;
    for (const button of document.querySelectorAll("#theme button")) {
      button.setAttribute("aria-pressed", String(button.value === detail.theme));
    }
    byId("theme")?.hidePopover();
  });

  // The shared dialog never shows what it held before; it waits until its new content is there, unless that came first.
  // When it closes, the browser gives the focus back to the very element that had it; a row swapped meanwhile has
  // another of the same id.
  let focusedBefore;
  let filled = false;

  document.addEventListener("app:open-dialog", () => {
    filled = true;
    if (!byId("dlg").open) byId("dlg").showModal();
    filled = false;
  });

  document.addEventListener("beforetoggle", ({ target, newState }) => {
    if (target.id !== "dlg" || newState !== "open") return;
    focusedBefore = document.activeElement?.id;
    if (!filled) byId("dlg-body").replaceChildren(copyOf("wait-template"));
  }, true);

  document.addEventListener("close", ({ target }) => {
    const lost = document.activeElement === document.body || target.contains(document.activeElement);
    if (target.id === "dlg" && focusedBefore && lost) byId(focusedBefore)?.focus();
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const { ctx, issueRequest, dropRequest } = event.detail;
    const dialog = byId("question");
    if (!ctx.confirm || !dialog) return;
    event.preventDefault();
    byId("question-text").textContent = ctx.confirm;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => (dialog.returnValue === "yes" ? issueRequest() : dropRequest()), { once: true });
    dialog.showModal();
  });

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https, or in a frame, there is no clipboard to write to: have the browser copy a selection.
      const field = document.createElement("textarea");
      field.value = text;
      (document.querySelector("dialog[open]") ?? document.body).append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    say("Copied");
  };

  // Browsers that know no command attribute yet get its two uses here.
  const runCommand = (button) => {
    if ("commandForElement" in HTMLButtonElement.prototype) return;
    const dialog = byId(button.getAttribute("commandfor"));
    if (button.getAttribute("command") === "show-modal") dialog?.showModal();
    else dialog?.close();
  };

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-copy], [data-dismiss], [commandfor]");
    if (!button) return;
    if (button.dataset.copy !== undefined) copy(button.dataset.copy);
    else if (button.dataset.dismiss !== undefined) button.parentElement.remove();
    else runCommand(button);
  });
})();
