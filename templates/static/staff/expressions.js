/* Alpine's build without eval reads one expression, of what its components hold, and no globals.
   Here are Unfold's components by name, and the few of its expressions that say more than that. */

document.addEventListener("alpine:init", () => {
  const remembered = "sidebarDesktopOpen";

  for (const component of ["theme", "searchForm", "searchCommand"]) {
    Alpine.data(component, window[component]);
  }

  Alpine.data("searchDropdown", () => ({
    ...window.searchDropdown(),
    leave() {
      this.openSearchResults = false;
      const input = this.$refs.searchInput;
      if (input.value) {
        input.value = "";
      } else {
        input.blur();
      }
    },
  }));

  Alpine.data("page", (tab) => ({
    activeTab: window.getCurrentTab() || tab,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem(remembered) !== "0",
    init() {
      this.$watch(remembered, (isOpen) => localStorage.setItem(remembered, isOpen ? "1" : "0"));
    },
    address() {
      const { pathname, search } = window.location;
      const isFirst = !this.activeTab || this.activeTab === "general";
      return pathname + search + (isFirst ? "" : `#${this.activeTab}`);
    },
  }));

  const rewritten = [
    [/^{ (?:activeTab: '(.*?)', )?sidebarMobileOpen: .*$/, (_, tab) => `page('${tab || ""}')`],
    [/^activeTab = .*\$watch\(.*$/, () => ""],
    [/^activeTab && activeTab !== 'general' \? window\.location.*$/, () => "address()"],
    [/^(sidebarDesktopOpen = !sidebarDesktopOpen); localStorage.*$/, (_, first) => first],
    [/^openSearchResults = true; currentIndex = 0$/, () => "[openSearchResults = true, currentIndex = 0]"],
    [/^openSearchResults = false; if .*$/, () => "leave()"],
    [/^'width: ' \+ changeListWidth \+ 'px'$/, () => "{width: changeListWidth + 'px'}"],
    [/^if \((.*)\) (selectItem\(.*\))$/, (_, condition, act) => `${condition} && ${act}`],
  ];

  Alpine.interceptInit((element) => {
    for (const { name, value } of [...element.attributes]) {
      if (!name.startsWith("x-")) {
        continue;
      }
      const expression = value.replace(/\s+/g, " ").trim();
      for (const [found, instead] of rewritten) {
        if (found.test(expression)) {
          element.setAttribute(name, expression.replace(found, instead));
        }
      }
    }
  });
});
