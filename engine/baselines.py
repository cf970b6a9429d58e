"""The methods to compare with: a loss over a backbone with a plain hash layer."""

from __future__ import annotations

from engine.method_info import MethodInfo

BASELINES = (
    MethodInfo(
        name="adsh",
        title="Asymmetric deep hashing",
        description="Learns the codes of the photos bit by bit, next to a network that meets "
        "them; a search uses the codes of the network.",
        source="Jiang and Li, Asymmetric Deep Supervised Hashing, AAAI 2018",
        criterion="asymmetric.AdshCriterion",
    ),
    MethodInfo(
        name="csq",
        title="Central similarity",
        description="Pulls the codes of a class to its hash centre; centres are rows of a "
        "Hadamard matrix, half of the bits apart.",
        source="Yuan et al., Central Similarity Quantization for Efficient Image and Video "
        "Retrieval, CVPR 2020",
        criterion="csq.CsqCriterion",
    ),
    MethodInfo(
        name="dbdh",
        title="Balanced discrete hashing",
        description="Draws codes of one dish together and others apart, with as many ones as "
        "zeros in a code.",
        source="Zheng et al., Deep Balanced Discrete Hashing for Image Retrieval, Neurocomputing "
        "2020",
        criterion="dbdh.DbdhCriterion",
    ),
    MethodInfo(
        name="dch",
        title="Deep Cauchy hashing",
        description="Draws codes of one dish within a few bits of one another, hardest where they "
        "are far apart.",
        source="Cao et al., Deep Cauchy Hashing for Hamming Space Retrieval, CVPR 2018",
        criterion="dch.DchCriterion",
    ),
    MethodInfo(
        name="dfh",
        title="Push for quantisation",
        description="Draws codes of one dish together and others apart by a margin, and every bit "
        "towards a learned centre of its class.",
        source="Li et al., Push for Quantization: Deep Fisher Hashing, BMVC 2019",
        criterion="dfh.DfhCriterion",
    ),
    MethodInfo(
        name="dpn",
        title="Deep polarized network",
        description="Pushes every bit across a margin towards a random target code of its class.",
        source="Fan et al., Deep Polarized Network for Supervised Learning of Accurate Binary "
        "Hashing Codes, IJCAI 2020",
        criterion="dpn.DpnCriterion",
    ),
    MethodInfo(
        name="dpsh",
        title="Pairwise hashing",
        description="Draws codes of one dish together and others apart, against the latest code "
        "of every photo.",
        source="Li et al., Feature Learning Based Deep Supervised Hashing with Pairwise Labels, "
        "IJCAI 2016",
        criterion="dpsh.DpshCriterion",
    ),
    MethodInfo(
        name="dshsd",
        title="Deep hashing by stable distribution",
        description="Classifies relaxed codes, draws those of one dish together and keeps those "
        "of different dishes half of the bits apart.",
        source="Wu et al., Deep Supervised Hashing Based on Stable Distribution, IEEE Access 2019",
        criterion="dshsd.DshsdCriterion",
    ),
    MethodInfo(
        name="greedyhash",
        title="GreedyHash",
        description="Classifies the binary code itself; the gradient passes through the sign as "
        "if it were not there.",
        source="Su et al., Greedy Hash: Towards Fast Optimization for Accurate Hash Coding in "
        "CNN, NeurIPS 2018",
        criterion="greedyhash.GreedyHashCriterion",
    ),
    MethodInfo(
        name="hashnet",
        title="HashNet",
        description="Weighs the few pairs of one dish as much as the many of different ones, and "
        "sharpens the codes as training goes on.",
        source="Cao et al., HashNet: Deep Learning to Hash by Continuation, ICCV 2017",
        criterion="hashnet.HashNetCriterion",
    ),
    MethodInfo(
        name="idhn",
        title="Improved deep hashing network",
        description="Draws codes of one dish together and others apart; made for photos with "
        "several labels, used here with one.",
        source="Zhang et al., Improved Deep Hashing With Soft Pairwise Similarity for Multi-Label "
        "Image Retrieval, TMM 2020",
        criterion="idhn.IdhnCriterion",
    ),
    MethodInfo(
        name="qsmih",
        title="Spherical mutual information",
        description="Maximises what the directions of two codes tell about whether they show the "
        "same dish.",
        source="Passalis and Tefas, Deep Supervised Hashing Using Quadratic Spherical Mutual "
        "Information for Efficient Image Retrieval, Signal Processing: Image Communication 2021",
        criterion="qsmih.QsmihCriterion",
    ),
)
