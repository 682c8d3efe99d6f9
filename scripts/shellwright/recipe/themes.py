"""Themes: the organisations whose work the tasks are, with the vocabulary of their records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PEOPLE = (
    "Adaeze Obi", "Anneke Visser", "Arjun Mehta", "Beatriz Rocha", "Bronwyn Pryce",
    "Chidi Eze", "Daniela Fischer", "Dmitri Volkov", "Eilidh Fraser", "Emre Yilmaz",
    "Fatima Haddad", "Gerrit de Boer", "Hanna Lindqvist", "Hiroshi Tanaka", "Ilse Maes",
    "Ingrid Solheim", "Jamal Carter", "Jana Novak", "Joao Pereira", "Kavita Rao",
    "Kwame Mensah", "Lars Nygaard", "Leila Karimi", "Lucia Romano", "Mairead Walsh",
    "Marek Kowalski", "Mei Chen", "Nadia Rahman", "Noa Levi", "Oksana Bondar",
    "Paolo Ricci", "Priya Nair", "Rafael Ortiz", "Rosa Delgado", "Sami Korhonen",
    "Sofia Andersson", "Tariq Aziz", "Tomasz Zielinski", "Wanjiru Kamau", "Yusuf Demir",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """An organisation and the words of its records.

    `records` is the plural noun of what is recorded; the columns of a table of them are, in
    order, id, date, category, person, status, count, amount and note. `reasons` are clauses that
    finish "We need this because ..." for any work on the records themselves. `article` says
    whether the organisation is spoken of with "the", `places` whether its categories are places
    that one can go to.
    """

    key: str
    organisation: str
    team: str
    record: str
    records: str
    id_column: str
    id_prefix: str
    date_column: str
    category_column: str
    categories: tuple[str, ...]
    person_column: str
    status_column: str
    statuses: tuple[str, ...]
    count_column: str
    amount_column: str
    note_column: str
    notes: tuple[str, ...]
    reasons: tuple[str, ...]
    components: tuple[str, ...]
    article: bool = True
    places: bool = False

    @property
    def named(self) -> str:
        """The organisation as it is named within a sentence."""
        return f"the {self.organisation}" if self.article else self.organisation

    def has_places(self, names: Iterable[str]) -> bool:
        """Whether all of these are categories of the theme, and places."""
        return self.places and set(names) <= set(self.categories)


THEMES = (
    Theme(
        "freight", "Harbourline Freight", "the dispatch desk", "shipment", "shipments",
        "shipment_id", "SHP", "shipped_on", "depot",
        ("Rotterdam", "Gdansk", "Lisbon", "Bergen", "Trieste", "Cork"),
        "dispatcher", "status", ("delivered", "in transit", "held", "returned"),
        "pallets", "freight_cost", "remark",
        ("no remarks", "driver waited at gate", "customs form, page 2, missing",
         "fragile; keep upright", 'label reads "this side up"', "reefer set to 4 C"),
        ("the quarterly carrier review is tomorrow", "the insurer asked for the figures",
         "two depots disagree about what was sent"),
        ("gate", "scanner", "router", "billing", "customs"),
        article=False, places=True,
    ),
    Theme(
        "clinic", "Marlow Street Clinic", "the practice office", "appointment", "appointments",
        "visit_no", "V", "visit_date", "ward",
        ("Cardiology", "Dermatology", "Paediatrics", "Radiology", "Oncology"),
        "clinician", "outcome", ("seen", "cancelled", "no show", "rescheduled"),
        "minutes", "fee", "comment",
        ("follow-up in six weeks", "patient asked for an interpreter", "fasting, bloods at 9",
         'noted as "urgent" by triage', "referred back to the GP", "none"),
        ("the auditor arrives on Monday", "the billing office has questions about last month",
         "the board wants to see how the wards compare"),
        ("booking", "triage", "labs", "billing", "portal"),
    ),
    Theme(
        "observatory", "Pic Noir Observatory", "the night crew", "exposure", "exposures",
        "frame_id", "FR", "taken_on", "filter_band",
        ("U", "B", "V", "R", "I", "Halpha"),
        "observer", "quality", ("good", "hazy", "trailed", "saturated"),
        "seconds", "airmass", "remark",
        ("thin cirrus after midnight", "guiding lost, then regained", "moon at 40 degrees",
         'seeing "excellent" per log', "dome closed early", "dark frame, shutter shut"),
        ("observing time for the next season is about to be shared out",
         "the survey paper is due this week", "the committee asks how our nights are used"),
        ("dome", "camera", "guider", "scheduler", "archive"),
    ),
    Theme(
        "bakery", "Korn & Kruste Bakeries", "head office", "order", "orders",
        "order_no", "KK", "ordered_on", "shop",
        ("Altstadt", "Bahnhof", "Hafen", "Messe", "Nordpark", "Uferweg"),
        "clerk", "state", ("baked", "open", "cancelled", "delivered"),
        "loaves", "total", "note",
        ("rye, sliced", "allergic to sesame, nuts", "collect before 7",
         'write "Danke" on the box', "regular customer", "-"),
        ("flour is ordered from these numbers tonight", "the shops ask how they compare",
         "the bookkeeper closes the month on Friday"),
        ("till", "oven", "stock", "delivery", "loyalty"),
        article=False, places=True,
    ),
    Theme(
        "library", "Eastgate Public Library", "the circulation team", "loan", "loans",
        "loan_id", "LN", "borrowed_on", "branch",
        ("Central", "Riverside", "Hillcrest", "Docklands", "Northfield"),
        "librarian", "condition", ("fine", "worn", "damaged", "lost"),
        "days_out", "fine_due", "remark",
        ("returned through the night slot", "cover torn, spine ok", "reservation waiting",
         'sticker says "reference only"', "renewed twice", "n/a"),
        ("the council asks how lending has gone", "the new system goes live next week",
         "the yearly report of the library is being written"),
        ("catalogue", "selfcheck", "holds", "fines", "kiosk"),
        places=True,
    ),
    Theme(
        "solar", "Brightfield Solar Co-operative", "the operations group", "reading", "readings",
        "reading_id", "RD", "read_on", "site",
        ("Ashdown", "Birchhill", "Coldwater", "Drystone", "Elmridge"),
        "technician", "flag", ("ok", "estimated", "suspect", "offline"),
        "panels", "output_kwh", "remark",
        ("string 3 replaced", "snow on lower row, cleared", "meter swapped",
         'inverter shows "E-17"', "clear sky", "none"),
        ("members are paid out on these readings", "the grid operator questions last month",
         "the inverter warranty claim needs evidence"),
        ("inverter", "meter", "gateway", "forecast", "ledger"),
        places=True,
    ),
    Theme(
        "transit", "Valley Transit Authority", "the service planning group", "trip", "trips",
        "trip_id", "TR", "service_date", "line",
        ("Airport Express", "Blue", "Crosstown", "Harbour", "Night Owl"),
        "driver", "result", ("on time", "late", "cut short", "cancelled"),
        "boardings", "revenue", "remark",
        ("diverted, bridge closed", "relief driver from Oak St", "ramp failed twice",
         'sign showed "not in service"', "school group of 40", "none"),
        ("the timetable changes next month", "the regulator has asked about the winter service",
         "the union and the office count differently"),
        ("dispatch", "farebox", "signage", "depot", "tracking"),
    ),
    Theme(
        "recycling", "Green Loop Recycling", "the yard office", "collection", "collections",
        "ticket", "GL", "collected_on", "material",
        ("aluminium", "cardboard", "e-waste", "glass", "mixed plastic", "steel"),
        "crew_lead", "grade", ("A", "B", "C", "rejected"),
        "containers", "weight_t", "remark",
        ("contaminated with food, sorted by hand", "scale recalibrated", "second pick-up",
         'tag said "hazardous"', "customer not on site", "none"),
        ("the buyers are invoiced from this", "the city checks what it pays us a subsidy for",
         "the tender for the coming year is being prepared"),
        ("weighbridge", "sorter", "routing", "invoice", "yard"),
        article=False,
    ),
    Theme(
        "museum", "Museum of Navigation", "the registrar", "object", "objects",
        "accession_no", "MN", "acquired_on", "gallery",
        ("Cartography", "Instruments", "Lighthouses", "Polar", "Shipwrecks"),
        "curator", "condition", ("stable", "fragile", "in treatment", "on loan"),
        "pieces", "valuation", "remark",
        ("glass cracked, do not move", "loan ends in spring", "label re-typed",
         'inscribed "Terra Nova"', "from the Hale bequest", "none"),
        ("the insurer revalues the collection", "a grant application has to be backed up with data",
         "an exhibition opens in ten days"),
        ("register", "climate", "loans", "conservation", "ticketing"),
    ),
    Theme(
        "brewery", "Tidewater Brewing", "the cellar team", "batch", "batches",
        "batch_no", "TB", "brewed_on", "style",
        ("bitter", "lager", "pale ale", "porter", "saison", "stout"),
        "brewer", "stage", ("fermenting", "conditioning", "packaged", "dumped"),
        "kegs", "volume_hl", "remark",
        ("yeast from batch 12, second use", "gravity stuck, roused", "dry hopped",
         'tank marked "CIP due"', "lab cleared", "none"),
        ("excise duty is declared from this",
         "the distributor wants to talk about the coming quarter",
         "the lab has asked for the history of our batches"),
        ("mash", "cellar", "packaging", "lab", "excise"),
        article=False,
    ),
    Theme(
        "seismic", "Rift Valley Seismic Network", "the duty seismologist", "event", "events",
        "event_id", "EV", "recorded_on", "region",
        ("Afar", "Baringo", "Kivu", "Natron", "Turkana"),
        "analyst", "review", ("automatic", "reviewed", "quarry blast", "rejected"),
        "stations", "depth_km", "remark",
        ("felt in town, two reports", "poor azimuthal cover", "clipped at the near station",
         'operator wrote "noise?"', "part of a swarm", "none"),
        ("the yearly bulletin is about to be printed",
         "a user of the catalogue has written to us with questions",
         "the hazard model is recomputed this weekend"),
        ("picker", "locator", "telemetry", "archive", "alarm"),
        places=True,
    ),
    Theme(
        "housing", "Linden Housing Association", "the repairs desk", "repair", "repairs",
        "job_no", "LH", "reported_on", "trade",
        ("carpentry", "electrical", "heating", "plumbing", "roofing"),
        "caretaker", "progress", ("done", "booked", "waiting for parts", "no access"),
        "hours", "cost", "remark",
        ("tenant away, key at no. 14", "part on order, 2 weeks", "second visit needed",
         'smells of gas, marked "URGENT"', "warranty job", "none"),
        ("the residents' committee meets on Thursday",
         "the contractors are being reviewed this month",
         "winter planning starts from last year's repairs"),
        ("helpdesk", "stores", "scheduling", "invoicing", "keys"),
    ),
)  # fmt: skip
