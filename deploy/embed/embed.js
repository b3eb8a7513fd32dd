/* The page around Modelport. It listens to the frame's own window and origin alone, and tells it nothing but the theme.
   The place inside the frame is kept behind the # of this page's address, so that reloading and links keep it. */
(() => {
  "use strict";

  const portal = new URL(document.querySelector("meta[name=modelport]").content).origin;
  const frame = document.getElementById("modelport");
  const choice = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const KEPT = "modelport-theme";

  const place = () => {
    const wanted = new URL(location.hash.slice(1) || "/", portal);
    return wanted.origin === portal ? wanted.pathname + wanted.search : "/";
  };
  let here = place();

  const tellTheme = () => {
    const theme = choice.value === "auto" ? (system.matches ? "dark" : "light") : choice.value;
    document.documentElement.className = theme;
    frame.contentWindow.postMessage({ type: "modelport:theme", theme }, portal);
  };

  const fit = (height) => {
    const least = innerHeight - frame.getBoundingClientRect().top - scrollY - 10;
    frame.style.height = `${Math.max(Math.min(height, 50000), least, 320)}px`;
  };

  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== portal || source !== frame.contentWindow) return;
    if (data?.type === "modelport:ready") tellTheme();
    if (data?.type === "modelport:height" && Number.isFinite(data.height)) fit(data.height);
    if (data?.type === "modelport:path" && typeof data.path === "string" && data.path.startsWith("/")) {
      here = data.path;
      history.replaceState(null, "", `#${here}`);
    }
  });

  addEventListener("hashchange", () => {
    if (place() !== here) frame.src = portal + place();
  });
  document.getElementById("home").addEventListener("click", (event) => {
    event.preventDefault();
    frame.src = `${portal}/`;
  });

  const kept = localStorage.getItem(KEPT);
  choice.value = [...choice.options].some(({ value }) => value === kept) ? kept : "auto";
  choice.addEventListener("change", () => {
    localStorage.setItem(KEPT, choice.value);
    tellTheme();
  });
  system.addEventListener("change", tellTheme);
  frame.src = portal + here;
  document.documentElement.className = choice.value === "dark" || (choice.value === "auto" && system.matches) ? "dark" : "light";
})();
