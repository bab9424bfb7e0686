"""How two servers' answers differ, and which of it is meant: `thumborlike compare`.

`likeness` compares pictures, `judging` answers, `known` names the differences that are meant;
the parity tool is made of these, too. `logs` and `classes` read what was asked for, `going` asks
both servers, `report` and `page` tell what came of it.
"""
