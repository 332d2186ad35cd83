"""What customers of a parts maker write, sentence by sentence, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """`{n}` stands for a number, `{part}` for the name of a part."""

    hello: str
    bye: str
    foot: tuple[str, ...]
    parts: tuple[str, ...]
    subjects: tuple[str, ...]
    complaints: tuple[str, ...]
    replies: tuple[str, ...]
    wrote: str


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        "Dear Sir or Madam,",
        "Kind regards",
        (
            "Purchasing, Example Machines Ltd",
            "12 Mill Lane, Leeds LS1 4AB, phone +44 113 496 0000",
            "This e-mail may contain confidential information. If you are not the intended"
            " recipient, please tell the sender and delete it; any copying is not permitted.",
        ),
        ("bracket", "threaded ring", "housing cover", "guide rail", "spacer", "valve body"),
        (
            "Complaint: {part}, order PO-{n}",
            "Wrong dimensions, PO-{n}",
            "{part}: {n} pieces unusable",
            "Delivery of {part} damaged in transit",
        ),
        (
            "We received {n} pieces of the {part} and found that the core hole is too wide.",
            "The drawing asks for 12.50 mm ±0.02, we measure between 12.57 and 12.61 mm.",
            "About {n} of them cannot be assembled, and our line stands still since this morning.",
            "The surface shows scratches on the sealing face, see what is attached.",
            "Please tell us how you want to solve this and when a replacement can be shipped.",
            "The packing was wet when it arrived; the carrier has noted this on the waybill.",
            "Order PO-{n}, position 20, lot {n}, delivered last Thursday in four boxes.",
            "Our goods-in inspection stopped the lot; the inspection report no. {n} is ready.",
            "We do not accept the cost of sorting, which is {n} € so far.",
        ),
        (
            "Thank you, we have measured another {n} pieces and the result is the same.",
            "Could you tell us when the new parts will leave your factory?",
            "The serial numbers you asked for are {n} to {n}.",
            "Our customer is waiting; please let us know today – we cannot hold them off longer.",
            "The boxes with the number {n} are still closed, we have not opened them.",
        ),
        "On {when}, {who} wrote:",
    ),
    "de": Words(
        "Sehr geehrte Damen und Herren,",
        "Mit freundlichen Grüßen",
        (
            "Einkauf, Beispiel Maschinenbau GmbH",
            "Mühlstraße 12, 80331 München, Telefon +49 89 5550 1234",
            "Geschäftsführer: Max Beispiel, Amtsgericht München, HRB 000000. Diese Nachricht kann"
            " vertrauliche Angaben enthalten und ist nur für den genannten Empfänger bestimmt.",
        ),
        ("Halter", "Gewindering", "Gehäusedeckel", "Führungsschiene", "Abstandshülse"),
        (
            "Reklamation {part}, Bestellung {n}",
            "Maßabweichung bei {part} (Auftrag {n})",
            "{n} Stück {part} nicht verwendbar",
            "Beschädigte Lieferung: {part} für Prüfstand",
        ),
        (
            "bei der Wareneingangsprüfung haben wir an {n} Teilen ({part}) Abweichungen gefunden.",
            "Die Kernbohrung ist zu groß: gefordert sind 12,50 mm, gemessen wurden 12,58 mm.",
            "Ungefähr {n} Stück können wir nicht verbauen, unsere Fertigung steht seit heute früh.",
            "Die Dichtfläche weist Kratzer auf, siehe die angefügten Bilder und den Prüfbericht.",
            "Bitte teilen Sie uns mit, wie Sie das lösen möchten und wann Ersatz kommt.",
            "Die Verpackung war durchnässt; der Spediteur hat dies auf dem Frachtbrief vermerkt.",
            "Bestellung {n}, Position 20, Charge {n}, geliefert am vergangenen Donnerstag.",
            "Die Kosten für das Sortieren in Höhe von {n} € übernehmen wir nicht.",
        ),
        (
            "vielen Dank, wir haben weitere {n} Stück geprüft, das Ergebnis ist dasselbe.",
            "Können Sie uns sagen, wann die neuen Teile Ihr Werk verlassen?",
            "Die gewünschten Seriennummern lauten {n} bis {n}.",
            "Unser Kunde wartet; bitte melden Sie sich noch heute, es geht um über {n} €.",
            "Die Kartons mit der Nummer {n} sind noch verschlossen.",
        ),
        "Am {when} schrieb {who}:",
    ),
    "zh": Words(
        "您好，",
        "此致敬礼",
        ("采购部，示例机械有限公司", "深圳市示例路12号，电话 +86 755 5550 1234"),
        ("支架", "螺纹环", "壳体盖", "导轨", "隔套", "阀体"),
        ("投诉：{part}，订单 PO-{n}", "{part}尺寸不合格，订单{n}", "{n}件{part}无法使用"),
        (
            "我们收到的{n}件{part}经检验发现底孔偏大，无法装配。",
            "图纸要求12.50毫米，公差±0.02，我们实测为12.57至12.61毫米。",
            "其中大约{n}件不能使用，生产线从今天早上起一直停着。",
            "密封面上有划痕，请参见附件中的照片和检验报告。",
            "请告知贵公司的解决办法，以及什么时候可以补发合格品。",
            "包装到货时已经受潮，承运人已在运单上注明。",
            "订单PO-{n}，第20项，批号{n}，上周四到货，共四箱。",
            "挑选费用目前为{n}元，应由贵公司承担。",
        ),
        (
            "谢谢，我们又测量了{n}件，结果相同。",
            "请问新的零件什么时候可以出厂？",
            "您要的序列号是{n}到{n}。",
            "我们的客户正在等待，请今天务必回复。",
            "编号为{n}的箱子还没有打开。",
        ),
        "{when}，{who}写道：",
    ),
}
