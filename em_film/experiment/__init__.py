"""The experiment: its file, the data it names, and the fit it asks for."""

from em_film.experiment.dataset import Dataset
from em_film.experiment.experiment import Experiment
from em_film.experiment.fitting import dataset_of_film, fit, fit_other_start, start

__all__ = ["Dataset", "Experiment", "dataset_of_film", "fit", "fit_other_start", "start"]
