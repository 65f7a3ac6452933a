"""People (name, phone, email), and what staff type to find them. Used on both databases."""

PEOPLE: dict[tuple[str, str, str], list[str]] = {
    ("José Núñez", "tel:+1-212-555-0161", "lucia.pena@gmail.com"): [
        *("jose", "Nunez", "NÚÑEZ, José", "nunez jose", "Nu\u0301n\u0303ez", "0161", "555-0161", "5550161", "55-0161"),
        *("tel 0161", "ends in 0161", "#0161", "…0161", "555/0161", "Núñez 0161", "212/555-0161 (cell)"),
        *("0161 ext 7", "555-0161 X7", "0161x7", "555 0161 extensión 7", "Núñez 0161, ext. 7", "Núñez*", "jos?"),
        *("José Núñez <lucia.pena@gmail.com>", "mailto:lucia.pena@gmail.com", "lucia.pena@gmail.com.", "(lucia.pena@)"),
        *("luciapena@gmail.com", "lucia.pena+visit@gmail.com", "Lucia.Pena@googlemail.com", "lucia.pena@gmail.com;"),
        *("lucia.pena@", "lucia.pena", "LUCIA.PENA@Gm", "(212) 555-0161", "212 555 0161", "٠١٦١"),
        *("2125550161", "212.555.0161", "+1 212 555 0161", "1 212 555 0161 ext 7", "tel:+12125550161"),
        "\u2068José Núñez\u2069",
    ],
    ("Luz Peña", "tel:+44-20-7946-0958;ext=12", "lpena@example.com"): [
        *("Luz Pena", "PENA LUZ", "Peña; Luz", "luzpena", "020 7946 0958", "0044 20 7946 0958", "+442079460958"),
        *("Luz María Peña Ortiz", "Srta. Peña Ortiz, Luz", "+44 (0)20 7946 0958", "44 20 7946 0958"),
        *("0958", "946 0958", "UK: 020-7946-0958", "lpena@exam", "lpena@example.com", "lpena", "LPEN"),
    ],
    ("Siobhán O’Neil", "", "sio@example.com"): ["O'Neil", "O’Neil", "ONeil", "O Neil", "o`neil, siobhan", "OʼNEIL"],
    ("Reyes-Soto, María", "", "a@example.org"): [
        *("Reyes, Maria", "maria reyes", "ReyesSoto", "reyes soto", "soto. maria"),
        *("Mrs. Reyes-Soto", "Sra. Reyes Soto", "Señora María Reyes", "(María) Reyes", '"María" Reyes', "maría/soto"),
        *("María Reyes née Soto", "REYES SOTO, MARÍA (Dr.)", "Doña María Soto", "«María» Reyes", "Reyes, Maria, Jr"),
        *("María Elena Reyes", "Soto Ortiz, María", "Maria Reyes née Blanco"),
    ],
    ("Søren Łukasz Groß", "", "b@example.org"): ["soren", "SOREN, LUKASZ", "gross"],
    ("Наталія Ковальчук", "", "c@example.org"): ["ковальчук", "КОВАЛЬЧУК, Наталія", "наталія"],
    ("Ελένη Παπαδοπούλου", "", "d@example.org"): ["ελενη", "ΠΑΠΑΔΟΠΟΥΛΟΥ, Ελένη"],
    ("محمد الأحمد", "", "e@example.org"): ["محمد", "الاحمد", "الأحمد، محمد"],
    ("שָׂרָה כהן", "", "f@example.org"): ["שרה", "כהן, שרה"],
    ("田中・美咲", "", "g@example.org"): ["田中", "田中 美咲", "美咲"],
    ("ｶﾝ ヨンチョル", "", "h@example.org"): ["カン", "ヨンチョル、カン"],
    ("김민준", "", "i@example.org"): ["김민준", "\u1100\u1175\u11b7민준", "민준"],
    ("प्रिया शर्मा", "", "j@example.org"): ["प्रिया", "शर्मा, प्रिया"],
    ("Nguyễn Thị Hương", "", "k@example.org"): ["nguyen", "Huong, Nguyen Thi"],
    ("D'Angelo-Al Rashid Jr.", "", "l@example.org"): ["dangelo", "AlRashid", "al-rashid, jr", "Rashid D’Angelo"],
    ("Is\u0327ık", "", "m@example.org"): ["isik", "Işık", "IŞIK"],
    ("Ángeles Ramírez's son", "tel:+1-212-555-0142;ext=7", ""): [
        *("Ramírez", "ramí", "RAMÍREZ", "ángeles", "Ramírez ángeles", "  ánge   ram ", "(212) 555-0142"),
    ],
    ("Bo Bo", "", "rosa@bücher.example"): [
        *("rosa@BÜCHER.example", "rosa@xn--bcher-kva.example", "ｒosa＠bücher.example\u200b"),
        "rosa+visit@bücher.example",
    ],
    ("Ɓello Əliyev", "", "b.ello@me.com"): ["bello", "eliyev", "b.ello@m", "b.ello@me.com", "b.ello"],
    ("Қасым Cel·loni", "", "ka.sym@pm.me"): ["касым", "celloni", "cel·loni", "ka.sym", "ka.sym@p", "ka.sym@pm.me"],
    ("Xochitl Ba", "tel:+52-55-1234-5678", ""): ["55 1234 5678", "5512345678", "(55) 1234-5678", "+52 1 55 1234 5678"],
    ("Wei Bo", "tel:+86-139-2345-6789", ""): ["139 2345 6789", "+86 139 2345 6789"],
    ("Anil Be", "tel:+91-98765-43210", ""): ["98765 43210", "098765-43210", "9876543210"],
    ("Ann Wu", "", "the-wu+visit@example.com"): ["the-wu", "the-wu+visit", "THE-W"],
    ("Don Bi", "tel:+57-300-123-4567", ""): ["300 123 4567", "Don Bi", "don"],
}
NOBODY = [
    *("161", "0000", "5550160", "020 7946 0959", "555", "212 555", "....", "'", "%", "_", "-", "(", "@", "\u200b"),
    *("Nuñoz", "Jos_", "Luz Soren", "María Elena Soren", '"' * 200, "a" * 3000, "q " * 1500),
    *("pena.lucia@", "@gmail", "lucia.pena@gmail.co", "example.com"),
]
