/* The page that embeds us: what it wishes, and what it is told. Both ways only with the exact origin.

   That origin comes from the browser, never from the page. Which origins may embed at all is not decided here but by
   `frame-ancestors`. */

export function connectHost(handlers) {
  const origin = embedderOrigin();
  if (!origin) return { embedded: false, tell() {} };
  addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== origin) return;
    if (event.data?.seekdesk === 1 && Object.hasOwn(handlers, event.data.type)) handlers[event.data.type](event.data);
  });
  return {
    embedded: true,
    tell: (type, data = {}) => window.parent.postMessage({ seekdesk: 1, type, ...data }, origin),
  };
}

/* The loader has the browser send the origin as the referrer, for browsers without ancestorOrigins. */
function embedderOrigin() {
  if (window.parent === window) return null;
  const told = location.ancestorOrigins?.[0] ?? (document.referrer && new URL(document.referrer).origin);
  return told && told !== "null" ? told : null;
}
