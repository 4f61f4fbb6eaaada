// Before the first paint: theme, language and direction, so that nothing flashes. The rules are those of
// src/lib/theme.svelte.ts and src/lib/locale.svelte.ts.
(function () {
  var html = document.documentElement;
  var stored = function (key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  var theme = stored('openward.theme');
  if (theme !== 'light' && theme !== 'dark')
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  html.dataset.theme = theme;
  var locales = ['en', 'es', 'ar'];
  var wanted = [stored('openward.locale')].concat(navigator.languages);
  var locale = wanted
    .map(function (tag) {
      return (tag || '').slice(0, 2);
    })
    .find(function (tag) {
      return locales.indexOf(tag) >= 0;
    });
  html.lang = locale || 'en';
  html.dir = locale === 'ar' ? 'rtl' : 'ltr';
})();
