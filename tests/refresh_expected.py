"""Write the expected result beside each shipped scenario: run it when scenarios or evidence have changed."""

from __future__ import annotations

import pandas as pd

import planmodel as pm
from planmodel.scenario.scenario import scenario_folder, scenario_names

AS_OF = (2020, 2023)


def main() -> None:
    plan = pm.load_plan("jiangbei")
    models = {as_of: pm.build_model(plan, as_of=as_of) for as_of in AS_OF}
    for name in scenario_names(plan):
        tables = []
        for as_of, model in models.items():
            table = pm.reach(model.run(name))[["target", "probability"]]
            table.insert(0, "as_of", as_of)
            tables.append(table)
        path = scenario_folder(plan) / f"{name}.expected.csv"
        pd.concat(tables).to_csv(path, index=False, float_format="%.9f", lineterminator="\n")
        print(path)


if __name__ == "__main__":
    main()
