"""Invented names. None of the schools, conferences or people exist."""


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


FIRST = _words(
    "Alder Amber Birch Bram Cinder Copper Dun Elder Ember Fen Gar Harrow Hazel Iron Juniper Kestrel Lark Marl "
    "Nettle Oaken Pebble Quill Raven Sable Thorn Umber Violet Wren Yarrow Zephyr"
)
LAST = _words("mere wick holt crest haven moor stead vale combe thorpe garth brook ley strand")
MASCOTS = _words(
    "Lanterns Otters Compasses Herons Anvils Comets Badgers Kites Mariners Sparks Wolfhounds Quarriers Voyagers "
    "Ospreys Tinkers Harvesters Beacons Lynxes Rooks Sentinels"
)
TOWNS = _words(
    "Larkford|Eastmoor|Thistle Bay|Greyport|Amberlin|Northquay|Sorrel Falls|Dunmarsh|Elmstrand|Copper Point|"
    "Wexley|Harrowgate|Tarnfield|Osterby|Quarry Junction",
    "|",
)
STATES = _words("NC OH TX CA NY IN KS WA FL PA TN UT")
CONFERENCES = _words(
    "Harbor|Meridian|Granite|Prairie|Lakeland|Tidewater|Cascade|Ironwood|Blue Mesa|Three Rivers|Great Basin|"
    "Old Colony|Sun Coast|Northern Lights|Delta|Heartland Valley|Coastal Plain|Red Rock|Silver State|Evergreen|"
    "Big Sound|Canal|Foothill|Gulf Stream|Highland|Keystone Belt|Long Trail|Mill River|Palisade|Piedmont Ring|"
    "Sandhill|Twin Peaks",
    "|",
)
GIVEN = _words(
    "Abel Alaric Bastian Bodhi Caspian Corwin Dashiell Dov Eamon Ellery Fabian Fenn Galen Gideon Hollis Idris "
    "Ivo Jarek Joss Kellan Kip Leander Lorcan Magnus Merrick Nico Oberon Orson Pascal Quade Remy Roan Soren "
    "Stellan Tavish Thaddeus Ulric Vaughn Wilder Xander Yorick Zane"
)
FAMILY_A = _words("Ash Bell Brack Cole Dray Elm Farn Gold Hart Isle Kell Lowe Mead North Oak Penn Rook Stone Tarn Wyn")
FAMILY_B = _words("bridge dalen field grove hurst kirk mont quist rell ster wain worth yard")
DRAFTING = _words(
    "Aurochs Barons Bobcats Cardinals Cinders Cobalts Corsairs Dynamos Embers Freighters Geysers Gryphons Hornbills "
    "Icebreakers Jets Keels Lamplighters Meteors Monsoons Narwhals Orbits Pioneers Quasars Riveters Sirens Steamers "
    "Thunderheads Turbines Vipers Zeniths"
)
ABROAD = _words("Larkonia|Ostmere|Sundavia|Tarnland|Westmark", "|")
CLUBS = _words("Port Alder|Kastelia|Novamar|Sankt Birch|Villa Umber", "|")
