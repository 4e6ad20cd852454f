"""What feasts and fasts are called: in Romanian and Russian as in Moldova, and in English."""

NAMES: dict[str, dict[str, str]] = {
    "nativity": {
        "ro": "Nașterea Domnului (Crăciunul)",
        "ru": "Рождество Христово",
        "en": "Nativity of the Lord (Christmas)",
    },
    "circumcision": {
        "ro": "Tăierea împrejur a Domnului",
        "ru": "Обрезание Господне",
        "en": "Circumcision of the Lord",
    },
    "theophany": {
        "ro": "Botezul Domnului (Boboteaza)",
        "ru": "Крещение Господне (Богоявление)",
        "en": "Theophany (Baptism of the Lord)",
    },
    "meeting": {
        "ro": "Întâmpinarea Domnului",
        "ru": "Сретение Господне",
        "en": "Meeting of the Lord",
    },
    "annunciation": {
        "ro": "Buna Vestire",
        "ru": "Благовещение Пресвятой Богородицы",
        "en": "Annunciation",
    },
    "john_the_baptist": {
        "ro": "Nașterea Sfântului Ioan Botezătorul",
        "ru": "Рождество Иоанна Предтечи",
        "en": "Nativity of John the Baptist",
    },
    "peter_and_paul": {
        "ro": "Sfinții Apostoli Petru și Pavel",
        "ru": "День святых апостолов Петра и Павла",
        "en": "Saints Peter and Paul",
    },
    "transfiguration": {
        "ro": "Schimbarea la Față a Domnului",
        "ru": "Преображение Господне",
        "en": "Transfiguration of the Lord",
    },
    "dormition": {
        "ro": "Adormirea Maicii Domnului",
        "ru": "Успение Пресвятой Богородицы",
        "en": "Dormition of the Mother of God",
    },
    "nativity_of_the_theotokos": {
        "ro": "Nașterea Maicii Domnului",
        "ru": "Рождество Пресвятой Богородицы",
        "en": "Nativity of the Mother of God",
    },
    "exaltation": {
        "ro": "Înălțarea Sfintei Cruci",
        "ru": "Воздвижение Креста Господня",
        "en": "Exaltation of the Holy Cross",
    },
    "presentation": {
        "ro": "Intrarea Maicii Domnului în biserică",
        "ru": "Введение во храм Пресвятой Богородицы",
        "en": "Presentation of the Mother of God",
    },
    "clean_monday": {
        "ro": "Lunea curată",
        "ru": "Чистый понедельник",
        "en": "Clean Monday",
    },
    "palm_sunday": {
        "ro": "Intrarea Domnului în Ierusalim (Floriile)",
        "ru": "Вход Господень в Иерусалим (Вербное воскресенье)",
        "en": "Palm Sunday",
    },
    "great_friday": {
        "ro": "Vinerea Mare",
        "ru": "Великая пятница",
        "en": "Great Friday",
    },
    "easter": {
        "ro": "Învierea Domnului (Paștele)",
        "ru": "Воскресение Христово (Пасха)",
        "en": "Easter",
    },
    "bright_monday": {
        "ro": "Lunea Luminată (a doua zi de Paști)",
        "ru": "Понедельник Светлой седмицы",
        "en": "Bright Monday",
    },
    "memorial_easter": {
        "ro": "Paștele Blajinilor",
        "ru": "Поминальная Пасха (Радоница)",
        "en": "Memorial Easter",
    },
    "ascension": {
        "ro": "Înălțarea Domnului",
        "ru": "Вознесение Господне",
        "en": "Ascension of the Lord",
    },
    "pentecost": {
        "ro": "Pogorârea Sfântului Duh (Rusaliile)",
        "ru": "Пятидесятница (Троица)",
        "en": "Pentecost",
    },
    "pentecost_monday": {
        "ro": "A doua zi de Rusalii (Sfânta Treime)",
        "ru": "День Святого Духа",
        "en": "Monday of the Holy Spirit",
    },
    "christmas": {
        "ro": "Crăciunul (Nașterea Domnului)",
        "ru": "Рождество Христово",
        "en": "Christmas",
    },
    "reformation_day": {
        "ro": "Ziua Reformei",
        "ru": "День Реформации",
        "en": "Reformation Day",
    },
    "good_friday": {
        "ro": "Vinerea Mare",
        "ru": "Страстная пятница",
        "en": "Good Friday",
    },
    "easter_monday": {
        "ro": "A doua zi de Paști",
        "ru": "Пасхальный понедельник",
        "en": "Easter Monday",
    },
    "great_lent": {
        "ro": "Postul Mare",
        "ru": "Великий пост",
        "en": "Great Lent",
    },
    "apostles_fast": {
        "ro": "Postul Sfinților Apostoli Petru și Pavel",
        "ru": "Петров пост",
        "en": "Apostles' Fast",
    },
    "dormition_fast": {
        "ro": "Postul Adormirii Maicii Domnului",
        "ru": "Успенский пост",
        "en": "Dormition Fast",
    },
    "nativity_fast": {
        "ro": "Postul Nașterii Domnului",
        "ru": "Рождественский пост",
        "en": "Nativity Fast",
    },
    "patronal_feast": {
        "ro": "Hramul bisericii",
        "ru": "Престольный праздник",
        "en": "Patronal feast",
    },
}
