"use strict";
(() => {
    const data = JSON.parse(document.getElementById("data").textContent);
    const DISABLED = 1, SERVICE = 2, INVITED = 4;
    const INSTANCE = 1, ORGANIZATION = 2, WORKSPACE = 4, MEMBER = 8, ROLE = 16;
    const EDITORS = 3, HIGHER = 4, INACTIVE = 8;
    /* Rows that are built at once, and the most that are built for paper. */
    const STEP = 100, PAPER = 5000;

    /* ---- elements; what is outside text only ever becomes text ---- */

    function make(tag, attributes, ...children) {
        const element = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes || {}))
            if (name.startsWith("on"))
                element.addEventListener(name.slice(2), value);
            else if (value !== false)
                element.setAttribute(name, value === true ? "" : value);
        element.append(...children);
        return element;
    }

    const name = (text) => make("span", {class: "name", dir: "auto"}, text);
    const badge = (text, color) => make("span", {class: "badge " + (color || "")}, text);
    const caveat = (text) => make("div", {class: "caveat", dir: "auto"}, text);
    const link = (text, go) => make("button", {class: "link", type: "button", dir: "auto", onclick: go}, text);

    /* ---- what things are called ---- */

    /* Types of one name are told apart by their ids. */
    const titles = new Set(), shared = new Set();
    for (const [, title] of data.types)
        (titles.has(title) ? shared : titles).add(title);
    const typeNames = new Map(data.types.map(([id, title]) => [id, shared.has(title) ? title + " (" + id + ")" : title]));
    const typeName = (type) => typeNames.get(type) || type;
    const userTypes = new Set(data.types.filter((type) => type[2]).map((type) => type[0]));
    const missing = (id) => id === "" ? "(missing)" : id + " (missing)";
    const isAirbyte = typeNames.has("organization") && typeNames.has("workspace");
    const placeType = (place) => typeof place === "string" ? place.slice(0, place.indexOf(":")) :
        place < 0 ? "" : data.resources[place][0];
    const placeId = (place) => typeof place === "string" ? place.slice(place.indexOf(":") + 1) :
        data.resources[place][1];
    const placeName = (place) => typeof place === "string" ? missing(placeId(place)) :
        place < 0 ? "" : data.resources[place][2];
    const placeTypeName = (place) => typeNames.get(placeType(place)) || missing(placeType(place));
    const placed = (place) => typeof place !== "string" && place < 0 ? "" : placeType(place) + " " + placeName(place);
    const inside = (place) => typeof place === "string" || place < 0 ? "" : placed(data.resources[place][3]);

    const person = new Map(data.people.map((p) => [p[0], p]));
    const whoName = (place) => person.has(place) ? person.get(place)[1] : placeName(place);
    const byId = new Map(data.people.map((p) => [data.resources[p[0]][0] + ":" + data.resources[p[0]][1], p]));
    const changedName = (type, id, text) => byId.has(type + ":" + id) ? byId.get(type + ":" + id)[1] || text : text;
    const changedMail = (type, id) => byId.has(type + ":" + id) ? byId.get(type + ":" + id)[2] : "";
    const whoMail = (place) => person.has(place) ? person.get(place)[2] || person.get(place)[3] : "";
    /* What is missing, or of a type that is, counts as somebody: no access is hidden by it. */
    const isOther = (place) => typeNames.has(placeType(place)) && !userTypes.has(placeType(place));
    const step = (entitlement) => {
        if (typeof entitlement === "string")
            return "through " + entitlement;
        const [on, , slug] = data.entitlements[entitlement];
        return "as " + slug + " of " + placed(on);
    };

    /* The chains of reasons for a grant, in words. */
    function reasons(grant) {
        const [, , chains, more] = grant;
        if (chains === undefined)
            return ["own"];
        if (chains.length === 0)
            return ["for a reason that the file does not tell"];
        const words = chains.map((chain) => chain.length === 0 ? "own" : chain.map(step).join(", "));
        return more ? words.concat("and for more reasons") : words;
    }

    const own = (grant) => grant[2] === undefined || grant[2].some((chain) => chain.length === 0);

    const time = (text) => /^\d{4}-\d\d-\d\dT/.test(text) ? text.slice(0, 16).replace("T", " ") + " UTC" : text;

    /* ---- grants of what the file does not have: shown behind the others, and counted apart ---- */

    const missingRoles = new Map();

    /* The place of the missing entitlement ${id} of ${on} among the others, where it is put when it is first named. */
    function missingRole(id, on, caveats) {
        const key = JSON.stringify([on, id]);
        if (!missingRoles.has(key))
            missingRoles.set(key, data.entitlements.push([on, id, missing(id), 0, caveats]) - 1);
        return missingRoles.get(key);
    }

    const strays = data.strays.map(([who, role, on, caveats, chains]) =>
        [who, typeof role === "string" ? missingRole(role, on, caveats) : role, chains]);
    const allGrants = data.grants.concat(strays);
    const isStray = new Set(strays), holdsMissing = new Set(strays.map((g) => g[0]));

    /* ---- caveats: what ab-who says of roles that are not what they seem ---- */

    const bits = (grant) => data.entitlements[grant[1]][4] || 0;
    const where = (grant) => JSON.stringify([grant[0], data.entitlements[grant[1]][0]]);
    /* The bits of all that somebody, or a group, holds on one resource, as far as there are any. */
    const heldBits = new Map();
    for (const grant of allGrants.filter((g) => bits(g) !== 0))
        heldBits.set(where(grant), heldBits.get(where(grant)) | bits(grant));
    const isUndecided = (grant) => (bits(grant) & EDITORS) !== 0 &&
        (heldBits.get(where(grant)) & (EDITORS | HIGHER)) === EDITORS;
    const caveats = (grant) => (isUndecided(grant) ? [data.caveats.chance] : [])
        .concat(bits(grant) & INACTIVE ? [data.caveats.inactive] : []);

    /* For each who has any: the places that each caveat is about. */
    function personCaveats() {
        const all = new Map();
        for (const grant of allGrants)
            for (const words of caveats(grant)) {
                const of = all.get(grant[0]) || new Map();
                of.set(words, (of.get(words) || new Set()).add(data.entitlements[grant[1]][0]));
                all.set(grant[0], of);
            }
        return all;
    }

    /* ---- standing ---- */

    const isPerson = (p) => (p[4] & (SERVICE | INVITED)) === 0;
    const isAdmin = (p) => isPerson(p) && (p[5] & (INSTANCE | ORGANIZATION | WORKSPACE)) !== 0;
    const isGuest = (p) => isPerson(p) && (p[5] & ROLE) !== 0 && (p[5] & MEMBER) === 0;
    const isIdle = (p) => isPerson(p) && (p[5] & ROLE) === 0;
    /* Words, whom they are about, and whether such people may be there that were not shown. */
    const groups = [
        ["everybody", () => true],
        ["people", isPerson],
        ["admins", isAdmin],
        ...(isAirbyte ? [
            ["admins of the instance", (p) => isPerson(p) && (p[5] & INSTANCE) !== 0, data.adminsRefused],
            ["admins of organizations", (p) => isPerson(p) && (p[5] & ORGANIZATION) !== 0],
            ["admins of workspaces", (p) => isPerson(p) && (p[5] & WORKSPACE) !== 0],
            ["guests", isGuest],
        ] : []),
        ["without any role", isIdle],
        ["disabled", (p) => isPerson(p) && (p[4] & DISABLED) !== 0],
        ["invitations", (p) => (p[4] & INVITED) !== 0],
        ["service accounts", (p) => (p[4] & SERVICE) !== 0],
    ];

    function standing(p) {
        const words = [];
        if (p[4] & INVITED)
            words.push(["invited" + (p[6] ? " as " + p[6] + " of " + placed(p[7]) : ""), "amber"]);
        if (p[4] & SERVICE)
            words.push(["service account", ""]);
        if (p[5] & INSTANCE)
            words.push(["instance admin", "red"]);
        if (p[5] & ORGANIZATION)
            words.push(["organization admin", "red"]);
        if (p[5] & WORKSPACE)
            words.push([isAirbyte ? "workspace admin" : "admin", "red"]);
        if (isGuest(p))
            words.push(["guest", "amber"]);
        if (holdsMissing.has(p[0]))
            words.push(["holds what is missing", "amber"]);
        else if (isIdle(p))
            words.push(["no role", ""]);
        if ((p[4] & DISABLED) && !(p[4] & INVITED))
            words.push(["disabled", ""]);
        return words;
    }

    /* ---- tables: sorted, filtered, and built as far as somebody looks ---- */

    const collator = new Intl.Collator("en", {numeric: true});

    /* The rank of each row's text among all texts of the column, so that a sort compares numbers. */
    function ranks(rows, text) {
        const all = rows.map(text);
        const rank = new Map([...new Set(all)].sort(collator.compare).map((value, i) => [value, i]));
        return all.map((value) => rank.get(value));
    }

    class Table {
        /* A column is {title, text(row), cell(row), number, look}; a choice {title, options: [[words, test]]}. */
        constructor(view, rows, columns, choices, placeholder) {
            Object.assign(this, {rows, columns, shown: [], built: 0, sorted: -1, down: false, only: null});
            this.columns.forEach((column) => { column.ranks = null; });
            this.texts = null;
            this.controls = make("div", {class: "controls"});
            this.search = make("input", {type: "search", placeholder, "aria-label": placeholder, oninput: () => this.update()});
            this.choices = choices.map((choice) => this.addChoice(choice));
            this.chip = make("button", {class: "chip", type: "button", hidden: true, onclick: () => this.restrict(null)});
            this.count = make("output", {class: "count"});
            this.controls.append(this.search, ...this.choices.map((choice) => choice.select), this.chip, this.count);
            this.heads = columns.map((column, i) => this.addHead(column, i));
            this.body = make("tbody");
            this.note = make("p", {class: "paper"});
            this.more = make("button", {class: "more", type: "button", onclick: () => this.build(STEP)}, "More rows");
            view.append(this.controls, this.note,
                make("table", {}, make("thead", {}, make("tr", {}, ...this.heads)), this.body), this.more);
            new IntersectionObserver((seen) => {
                if (seen.some((s) => s.isIntersecting))
                    this.build(STEP);
            }, {rootMargin: "600px"}).observe(this.more);
            this.update();
        }

        addChoice(choice) {
            const select = make("select", {"aria-label": choice.title, onchange: () => this.update()},
                ...choice.options.map(([words]) => make("option", {value: words}, words)));
            return {options: choice.options, select};
        }

        addHead(column, i) {
            return make("th", {class: column.number ? "number" : "", scope: "col"},
                make("button", {type: "button", onclick: () => this.sort(i)}, column.title));
        }

        /* Show only the rows that ${only.keep} keeps, said by ${only.words}; all of them for null. */
        restrict(only) {
            this.only = only;
            this.chip.hidden = only === null;
            this.chip.textContent = only === null ? "" : only.words;
            this.update();
        }

        /* Of two options in the same words the later one: a name in the file may be "every type". */
        choose(i, words) {
            const {options, select} = this.choices[i];
            select.selectedIndex = options.map((option) => option[0]).lastIndexOf(words);
            this.search.value = "";
            this.restrict(null);
        }

        sort(i) {
            this.down = this.sorted === i && !this.down;
            this.sorted = i;
            this.heads.forEach((head) => head.removeAttribute("aria-sort"));
            this.heads[i].setAttribute("aria-sort", this.down ? "descending" : "ascending");
            this.update();
        }

        allTexts() {
            this.texts = this.texts ||
                this.rows.map((row) => this.columns.map((column) => column.text(row)).join("\n").toLowerCase());
            return this.texts;
        }

        matches() {
            const words = this.search.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
            const texts = words.length > 0 ? this.allTexts() : null;
            const tests = this.choices.map((choice) => choice.options[choice.select.selectedIndex][1]);
            if (this.only !== null)
                tests.push(this.only.keep);
            const found = [];
            for (let i = 0; i < this.rows.length; i++)
                if (tests.every((test) => test(this.rows[i])) && words.every((word) => texts[i].includes(word)))
                    found.push(i);
            return found;
        }

        update() {
            this.shown = this.matches();
            if (this.sorted >= 0) {
                const column = this.columns[this.sorted], sign = this.down ? -1 : 1;
                column.ranks = column.ranks || (column.number ? this.rows.map(column.text) : ranks(this.rows, column.text));
                this.shown.sort((a, b) => sign * (column.ranks[a] - column.ranks[b]) || a - b);
            }
            this.built = 0;
            this.body.replaceChildren();
            this.count.textContent = this.shown.length.toLocaleString("en") + " of " + this.rows.length.toLocaleString("en");
            this.build(STEP);
        }

        /* Build what goes on paper, and say there which rows these are. */
        print() {
            const words = this.choices.map((choice) => choice.select.value);
            if (this.only !== null)
                words.push(this.only.words);
            if (this.search.value !== "")
                words.push("\u201c" + this.search.value + "\u201d");
            this.build(PAPER - this.built);
            if (this.more.hidden === false)
                words.push("the first " + this.built.toLocaleString("en") + " rows: there are more than fit on paper");
            this.note.textContent = words.join("; ");
        }

        cell(column, row) {
            const text = String(column.text(row));
            const content = text === "" ? [] :
                [make("div", {}, ...(column.cell ? [column.cell(row)].flat() : [name(text)]))];
            return make("td", {class: column.number ? "number" : column.look || "", "data-label": column.title}, ...content);
        }

        build(n) {
            const end = Math.min(this.built + n, this.shown.length), rows = [];
            for (; this.built < end; this.built++) {
                const row = this.rows[this.shown[this.built]];
                rows.push(make("tr", {}, ...this.columns.map((column) => this.cell(column, row))));
            }
            this.body.append(...rows);
            this.more.hidden = this.built >= this.shown.length;
        }
    }

    /* The options of a choice: all rows first, then those of each value.  Pairs, for an object puts "30" before all. */
    const anyOf = (words, values, test) => [[words, () => true]]
        .concat([...new Set(values)].sort(collator.compare).map((value) => [value, (row) => test(row, value)]));

    /* ---- the views ---- */

    const views = new Map(), tables = new Map();

    function open(id) {
        for (const [key, view] of views) {
            view.section.hidden = key !== id;
            view.tab.setAttribute("aria-selected", key === id);
        }
        const view = views.get(id);
        if (view.fill) {
            view.fill(view.section);
            view.fill = null;
        }
    }

    function addView(id, title, fill) {
        const section = make("section", {class: "view", id, role: "tabpanel", "aria-label": title, hidden: true});
        const tab = make("button", {type: "button", role: "tab", "aria-controls": id, onclick: () => open(id)}, title);
        document.getElementById("tabs").append(tab);
        document.getElementById("views").append(section);
        views.set(id, {section, tab, fill});
    }

    function openAccess(keep, words) {
        open("access");
        const table = tables.get("access");
        table.search.value = "";
        table.choices.forEach((choice) => { choice.select.selectedIndex = 0; });
        table.choices[0].select.value = "people and groups";
        table.restrict({keep, words});
    }

    const people = data.people;
    const count = (test) => people.filter(test).length;
    const heldTypes = [...typeNames].filter(([type]) => !people.some((p) => placeType(p[0]) === type));
    const ofType = (type) => data.resources.filter((r) => r[0] === type).length;
    const card = (label, n, go) => go ? make("button", {class: "card", type: "button", onclick: go},
        make("b", {}, n.toLocaleString("en")), make("span", {}, label)) :
        make("div", {class: "card"}, make("b", {}, n.toLocaleString("en")), make("span", {}, label));
    const peopleCard = ([words, test, refused]) => {
        const n = count(test), label = refused ? words + (n > 0 ? ", as far as shown" : ": not shown") : words;
        return card(label, refused && n === 0 ? "?" : n, () => {
            open("people");
            tables.get("people").choose(0, words);
        });
    };

    const refused = data.notes.filter((note) => note[1]).map(([words]) => words);
    const absent = data.notes.filter((note) => !note[1]).map(([words]) => words);

    function warnings() {
        const all = [], admins = count(isAdmin), persons = count(isPerson);
        if (!data.sync.whole)
            all.push("The sync is not a finished full one: what is not here may only not have been read.");
        if (data.gaps.length > 0)
            all.push("Not everything could be seen: there may be access that this report does not show. See \u201cNot seen\u201d.");
        if (data.leftOut.length > 0)
            all.push("Left out of the sync on purpose: " + data.leftOut.join(", ") + ". This report does not have them.");
        if (data.adminsRefused)
            all.push("Who the admins of the instance are was not shown to the application: there may be some, " +
                "who can do everything, and this report does not have them. See \u201cNot seen\u201d.");
        if (persons > 1 && admins === persons)
            all.push(admins + " of " + persons + " people are admins of something: see whether that is meant.");
        if (data.unknown > 0)
            all.push(data.unknown + " grants name people or roles that the file does not have: " +
                "they are shown as missing, and counted apart.");
        return all.map((words) => make("p", {class: "warning"}, words));
    }

    function fillSummary(view) {
        view.append(...warnings(), make("h2", {}, "People"),
            make("div", {class: "cards"}, ...groups.slice(1).map(peopleCard)),
            make("h2", {}, "What they have access to"),
            make("div", {class: "cards"}, ...heldTypes.map(([type, title]) => card(title, ofType(type), () => {
                open("resources");
                tables.get("resources").choose(0, title);
            })), card("grants", data.grants.length, () => open("access")),
            ...(data.unknown > 0 ? [card("grants of what is missing", data.unknown,
                () => openAccess((g) => isStray.has(g), "of what is missing"))] : []),
                card("not seen", data.gaps.length, () => open("unseen")),
            ...(refused.length > 0 ? [card("not shown to the application", refused.length,
                () => open("unseen"))] : [])));
    }

    /* "group Staff: ...", of at most three places by name. */
    function placedCaveat(words, places) {
        const names = [...places].map(placed), more = names.length > 3 ? names.splice(2).length : 0;
        return names.join(", ") + (more > 0 ? " and " + more + " more: " : ": ") + words;
    }

    function fillPeople(view) {
        const held = new Map(), theirs = new Map(), all = personCaveats();
        const said = (p) => [...all.get(p[0]) || []].map(([words, places]) => placedCaveat(words, places));
        for (const grant of data.grants) {
            held.set(grant[0], (held.get(grant[0]) || 0) + 1);
            theirs.set(grant[0], (theirs.get(grant[0]) || 0) + own(grant));
        }
        tables.set("people", new Table(view, people, [
            {title: "Person", text: (p) => p[1] || placeName(p[0]),
                cell: (p) => link(p[1] || placeName(p[0]), () => openAccess((g) => g[0] === p[0], p[1] || placeName(p[0])))},
            {title: "E-mail", look: "mail", text: (p) => p[2]},
            {title: "Login", text: (p) => p[3] === p[2] ? "" : p[3]},
            {title: "Standing", text: (p) => [standing(p).map(([words]) => words).join(", "), ...said(p)].join("\n"),
                cell: (p) => [...standing(p).map(([words, color]) => badge(words, color)), ...said(p).map(caveat)]},
            {title: "Roles", number: true, text: (p) => held.get(p[0]) || 0},
            {title: "of these own", number: true, text: (p) => theirs.get(p[0]) || 0},
            {title: "Id", text: (p) => data.resources[p[0]][1]},
        ], [{title: "Which people", options: groups}], "Find people"));
    }

    function whyCell(grant) {
        const words = reasons(grant).map((reason) => make("div", {dir: "auto"}, reason));
        const said = caveats(grant).map(caveat);
        return words.length <= 3 ? [...words, ...said] : [...words.slice(0, 2),
            make("details", {}, make("summary", {}, (words.length - 2) + " more"), ...words.slice(2)), ...said];
    }

    function fillAccess(view) {
        const on = (g) => data.entitlements[g[1]][0], role = (g) => data.entitlements[g[1]][2];
        tables.set("access", new Table(view, allGrants, [
            {title: "Who", text: (g) => whoName(g[0]),
                cell: (g) => link(whoName(g[0]), () => openAccess((other) => other[0] === g[0], whoName(g[0])))},
            {title: "E-mail", look: "mail", text: (g) => whoMail(g[0])},
            {title: "Role", look: "short", text: role,
                cell: (g) => data.entitlements[g[1]][3] ? badge(role(g), "red") : name(role(g))},
            {title: "Resource", text: (g) => placeName(on(g)),
                cell: (g) => link(placeName(on(g)), () => openAccess((other) => on(other) === on(g), placed(on(g))))},
            {title: "Type", look: "short", text: (g) => placeTypeName(on(g))},
            {title: "In", look: "in", text: (g) => inside(on(g))},
            {title: "Why", look: "why", text: (g) => reasons(g).concat(caveats(g)).join("\n"), cell: whyCell},
        ], [
            {title: "Whose", options: [["people", (g) => !isOther(g[0])],
                ["groups and others", (g) => isOther(g[0])], ["people and groups", () => true]]},
            {title: "Type of resource",
                options: anyOf("every type", allGrants.map((g) => placeTypeName(on(g))),
                    (g, type) => placeTypeName(on(g)) === type)},
            {title: "Role", options: anyOf("every role", allGrants.map(role), (g, r) => role(g) === r)},
            {title: "Why", options: [["for any reason", () => true], ["own", own],
                ["only through others", (g) => !own(g)]]},
        ], "Find access: people, roles, resources, reasons"));
    }

    /* For each resource that is no person, or is missing: who holds something on it. */
    function holders() {
        const places = data.resources.map((_, i) => i).filter((i) => !person.has(i))
            .concat(data.entitlements.map((e) => e[0]).filter((place) => typeof place === "string"));
        const on = new Map(places.map((place) => [place, {people: new Set(), admins: new Set(), others: new Set()}]));
        for (const [who, entitlement] of allGrants) {
            const [place, , , admin] = data.entitlements[entitlement];
            if (!on.has(place))
                continue;
            (person.has(who) ? on.get(place).people : on.get(place).others).add(who);
            if (person.has(who) && admin)
                on.get(place).admins.add(who);
        }
        return on;
    }

    function fillResources(view) {
        const on = holders(), rows = [...on.keys()];
        tables.set("resources", new Table(view, rows, [
            {title: "Resource", text: placeName, cell: (i) => link(placeName(i),
                () => openAccess((g) => data.entitlements[g[1]][0] === i, placed(i)))},
            {title: "Type", look: "short", text: placeTypeName},
            {title: "In", look: "in", text: inside},
            {title: "People", number: true, text: (i) => on.get(i).people.size},
            {title: "of these admins", number: true, text: (i) => on.get(i).admins.size},
            {title: "Groups and others", number: true, text: (i) => on.get(i).others.size},
            {title: "Id", text: placeId},
        ], [{title: "Type", options: anyOf("every type",
            [...heldTypes.map(([, title]) => title), ...rows.map(placeTypeName)],
            (i, type) => placeTypeName(i) === type)}], "Find resources"));
    }

    const signs = {"+": ["gained", "green"], "-": ["lost", "red"], "~": ["changed", "amber"]};
    const thingSigns = {"+": ["new", "green"], "-": ["gone", "red"], "~": ["changed", "amber"]};
    const kinds = ["resource type", "resource", "entitlement"];

    /* Why what differs may only not have been seen, on either side. */
    function doubts() {
        const all = [];
        if (!data.changes.whole)
            all.push("The old sync is not a finished full one: what is new here may only not have been read then.");
        if (data.changes.gaps > 0)
            all.push("Not everything could be seen in the old sync: what is new here may have been there then.");
        if (!data.sync.whole)
            all.push("The new sync is not a finished full one: what is lost here may only not have been read.");
        if (data.gaps.length > 0)
            all.push("Not everything could be seen in the new sync: what is lost here may still be there.");
        return all.map((words) => make("p", {class: "warning"}, words));
    }

    function fillChanges(view) {
        const c = data.changes, roots = new Map(c.grants.map((g) => [g[0], g]));
        const who = (g) => changedName(g[2], g[3], g[4]);
        const through = (g) => roots.has(g[13]) ? "follows from " + roots.get(g[13])[9] + " of " + roots.get(g[13])[6] + " " +
            roots.get(g[13])[8] + ": " + who(roots.get(g[13])) : g[10] ? "own" : g[11] ? "through " + g[11] : "";
        view.append(make("p", {class: "empty"}, "Since " + c.file + (c.ended ? ", " + time(c.ended) : "")),
            ...doubts(),
            ...c.mass.map((words) => make("p", {class: "mass", dir: "auto"}, words)));
        view.append(make("h2", {}, "Access"));
        tables.set("changes", new Table(view, c.grants, [
            {title: "Change", text: (g) => signs[g[1]][0], cell: (g) => badge(...signs[g[1]])},
            {title: "Who", text: who},
            {title: "E-mail", look: "mail", text: (g) => changedMail(g[2], g[3])},
            {title: "Role", look: "short", text: (g) => g[9]},
            {title: "Resource", text: (g) => g[8]},
            {title: "Type", look: "short", text: (g) => typeName(g[6])},
            {title: "What changed", text: (g) => g[12]},
            {title: "Why", look: "why", text: through},
        ], [
            {title: "Which changes", options: [["changes of their own", (g) => g[13] === 0],
                ["all, with what follows", () => true]]},
            {title: "Change", options: [["gained and lost", () => true], ["gained", (g) => g[1] === "+"],
                ["lost", (g) => g[1] === "-"], ["changed", (g) => g[1] === "~"]]},
        ], "Find changes"));
        view.append(make("h2", {}, "People, resources and roles"));
        tables.set("things", new Table(view, c.things, [
            {title: "Change", text: (t) => thingSigns[t[0]][0], cell: (t) => badge(...thingSigns[t[0]])},
            {title: "Kind", text: (t) => kinds[t[1]]},
            {title: "Name", text: (t) => t[4]},
            {title: "Type", look: "short", text: (t) => typeName(t[2])},
            {title: "Id", text: (t) => t[3]},
            {title: "What changed", text: (t) => t[5]},
        ], [], "Find changed things"));
    }

    /* A table of the texts ${lines} behind what stands before it, or nothing if there are none. */
    function addLines(view, id, title, lines, ...before) {
        if (lines.length === 0)
            return;
        view.append(...before);
        tables.set(id, new Table(view, lines, [{title, text: (line) => line}], [],
            "Find what was " + title.toLowerCase()));
    }

    function fillUnseen(view) {
        if (data.gaps.length + data.notes.length + data.leftOut.length === 0)
            view.append(make("p", {class: "warning good"}, "The file says of nothing that it could not be seen."));
        addLines(view, "unseen", "Not seen", data.gaps, make("p", {class: "warning"},
            "Access may exist in these places that the reader was not allowed to see."));
        addLines(view, "refused", "Not shown", refused, make("h2", {}, "Not shown to the application"),
            make("p", {class: "warning"},
                "These were refused to the application: they may be there, and this report does not have them."));
        addLines(view, "left", "Left out", data.leftOut, make("h2", {}, "Left out on purpose"));
        addLines(view, "absent", "Not there", absent, make("h2", {}, "Not there"), make("p", {class: "empty"},
            "The server does not have these, or not any more, or has no licence for them: they hide nothing."));
    }

    /* The view of a table that is not the first of its view. */
    const homes = {things: "changes", refused: "unseen", left: "unseen", absent: "unseen"};

    function printed() {
        for (const [id, table] of tables)
            if (!views.get(homes[id] || id).section.hidden)
                table.print();
    }

    document.getElementById("source").append(data.file + ", sync " + data.sync.id +
        (data.sync.ended ? ", finished " + time(data.sync.ended) : ", not finished"));
    addView("summary", "Summary", fillSummary);
    addView("people", "People", fillPeople);
    addView("access", "Access", fillAccess);
    addView("resources", "Resources", fillResources);
    if (data.changes)
        addView("changes", "Changes", fillChanges);
    addView("unseen", "Not seen", fillUnseen);
    window.addEventListener("beforeprint", printed);
    open("summary");
})();
